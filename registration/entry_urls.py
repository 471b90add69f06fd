"""Addresses of registering, of the overviews and of the dashboard."""

from django.urls import path

from registration.views import (
    actions,
    export,
    home,
    hours,
    months,
    overviews,
    receipts,
    register,
    selection,
)

REGISTER = [
    path("register/hours/", hours.register_hours, name="register_hours"),
    path("register/expenses/", months.register_expenses, name="register_expenses"),
    path("register/rides/", months.register_rides, name="register_rides"),
    path("register/hours/activities/", register.activity_options, name="activity_options"),
    path("register/expenses/cost/", receipts.expense_cost, name="expense_cost"),
    path("register/expenses/<int:pk>/receipts/", receipts.receipts_add, name="receipts_add"),
    path("register/receipts/<int:pk>/", receipts.receipt, name="receipt"),
    path("register/receipts/<int:pk>/small/", receipts.receipt_small, name="receipt_small"),
    path("register/receipts/<int:pk>/remove/", receipts.receipt_remove, name="receipt_remove"),
    *(
        one
        for kind in ("hours", "expenses", "rides")
        for one in (
            path(
                f"register/{kind}/add/",
                register.entry_add,
                {"kind": kind},
                name=f"register_{kind}_add",
            ),
            path(
                f"register/{kind}/submit/",
                register.period_submit,
                {"kind": kind},
                name=f"register_{kind}_submit",
            ),
            path(
                f"register/{kind}/<int:pk>/",
                register.entry,
                {"kind": kind},
                name=f"register_{kind[:-1]}",
            ),
            path(
                f"register/{kind}/<int:pk>/delete/",
                register.entry_delete,
                {"kind": kind},
                name=f"register_{kind[:-1]}_delete",
            ),
        )
    ),
]
OVERVIEWS = [
    path("overviews/hours/", overviews.overview_hours, name="overview_hours"),
    path("overviews/expenses/", overviews.overview_expenses, name="overview_expenses"),
    path("overviews/rides/", overviews.overview_rides, name="overview_rides"),
    path("overviews/<str:kind>/pick/", selection.selection_pick, name="selection_pick"),
    path("overviews/<str:kind>/export/", export.overview_export, name="overview_export"),
    path(
        "overviews/selection/<uuid:selection>/export.csv",
        export.selection_export,
        name="selection_export",
    ),
    path(
        "overviews/selection/<uuid:selection>/<slug:action>/",
        actions.selection_action,
        name="selection_action",
    ),
]

urlpatterns = [path("", home.home, name="home"), *REGISTER, *OVERVIEWS]
