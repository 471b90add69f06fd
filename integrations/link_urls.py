"""Addresses of App Center, AFAS settings and import."""

from django.urls import path

from integrations.views import (
    afas_settings,
    app_center,
    book_lists,
    imports,
    item_links,
    mapping,
)

AFAS = "settings/app-center/afas"
SWITCH = "settings/app-center/<slug:key>"

urlpatterns = [
    path("settings/app-center/", app_center.app_center, name="app_center"),
    path(f"{AFAS}/", afas_settings.afas_settings, name="afas_settings"),
    path(f"{AFAS}/credentials/", afas_settings.credentials, name="afas_credentials"),
    path(
        f"{AFAS}/credentials/confirm/",
        afas_settings.credentials_confirm,
        name="afas_credentials_confirm",
    ),
    path(f"{AFAS}/check/", afas_settings.check_again, name="afas_check_again"),
    path(f"{AFAS}/administration/", afas_settings.administration, name="afas_administration"),
    path(f"{AFAS}/items/", afas_settings.items, name="afas_items"),
    path(f"{AFAS}/items/table/", afas_settings.item_table, name="afas_item_table"),
    path(f"{AFAS}/items/options/", item_links.options, name="afas_item_options"),
    path(f"{AFAS}/items/activity/<int:pk>/", item_links.activity, name="afas_activity_item"),
    path(f"{AFAS}/items/category/<int:pk>/", item_links.category, name="afas_category_item"),
    path(f"{AFAS}/items/project/<int:pk>/", item_links.project, name="afas_project_item"),
    path(f"{AFAS}/items/instalment/<int:pk>/", item_links.instalment, name="afas_instalment_item"),
    path(f"{AFAS}/customers/", afas_settings.customers, name="afas_customers"),
    path(f"{AFAS}/booking/", afas_settings.booking, name="afas_booking"),
    path(f"{AFAS}/booking/options/", book_lists.options, name="afas_booking_options"),
    path(f"{AFAS}/mapping/", mapping.mapping, name="afas_mapping"),
    path(f"{AFAS}/mapping/download/", mapping.download, name="afas_mapping_download"),
    path(f"{AFAS}/mapping/upload/", mapping.upload, name="afas_mapping_upload"),
    path(f"{AFAS}/mapping/apply/", mapping.apply, name="afas_mapping_apply"),
    path(f"{AFAS}/look-up/", afas_settings.look_up, name="afas_look_up"),
    path(f"{AFAS}/look-up/guide/", afas_settings.look_up_guide, name="afas_look_up_guide"),
    path(f"{AFAS}/names/", afas_settings.names, name="afas_names"),
    path(f"{SWITCH}/activate/", app_center.switch, {"action": "activate"}, name="app_activate"),
    path(f"{SWITCH}/pause/", app_center.switch, {"action": "pause"}, name="app_pause"),
    path(f"{SWITCH}/resume/", app_center.switch, {"action": "resume"}, name="app_resume"),
    path(
        f"{SWITCH}/deactivate/",
        app_center.switch,
        {"action": "deactivate"},
        name="app_deactivate",
    ),
    path("settings/import/", imports.index, name="imports"),
    path("settings/import/start/", imports.start, name="import_start"),
    path("settings/import/<int:pk>/", imports.run, name="import_run"),
    path("settings/import/<int:pk>/rows/<int:row>/", imports.decide, name="import_row_decide"),
]
