"""Addresses of projects, activities, expense categories and rates."""

from django.urls import path

from registration.views import billing_methods, catalogue, planned, projects, rates

urlpatterns = [
    path("projects/", projects.projects, name="projects"),
    path("projects/new/", projects.project_new, name="project_new"),
    path("projects/<int:pk>/", projects.project, name="project"),
    path("projects/<int:pk>/edit/", projects.project_edit, name="project_edit"),
    path("projects/<int:pk>/activities/", projects.project_activities, name="project_activities"),
    path("projects/<int:pk>/people/", projects.project_people, name="project_people"),
    path("projects/<int:pk>/rates/", projects.project_rates, name="project_rates"),
    path("projects/<int:pk>/method/", billing_methods.project_method, name="project_method"),
    path(
        "projects/<int:pk>/subscription/",
        billing_methods.project_subscription,
        name="project_subscription",
    ),
    path("projects/<int:pk>/instalments/new/", planned.instalment_new, name="instalment_new"),
    path("instalments/<int:pk>/", planned.instalment_edit, name="instalment_edit"),
    path("instalments/<int:pk>/remove/", planned.instalment_remove, name="instalment_remove"),
    path("projects/<int:pk>/close/", projects.project_close, name="project_close"),
    path("projects/<int:pk>/reopen/", projects.project_reopen, name="project_reopen"),
    path("relations/customers/<int:pk>/rates/", rates.customer_rates, name="customer_rates"),
    path("team/employees/<int:pk>/rates/", rates.employee_rates, name="employee_rates"),
    path("manage/activities/", catalogue.activities, name="activities"),
    path("manage/activities/new/", catalogue.activity_new, name="activity_new"),
    path("manage/activities/<int:pk>/", catalogue.activity, name="activity"),
    path("manage/activities/<int:pk>/rate/", catalogue.activity_rate, name="activity_rate"),
    path("manage/expense-categories/", catalogue.categories, name="categories"),
    path("manage/expense-categories/new/", catalogue.category_new, name="category_new"),
    path("manage/expense-categories/<int:pk>/", catalogue.category, name="category"),
    path("settings/rates/", rates.rates, name="rates"),
    path("settings/rates/<int:pk>/remove/", rates.rate_remove, name="rate_remove"),
]
