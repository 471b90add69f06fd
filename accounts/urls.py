"""Addresses of this app."""

from django.urls import path

from accounts.views import api_keys, invitations, organisation, people, profile

urlpatterns = [
    path("no-company/", profile.no_company, name="no_company"),
    path("company/switch/", profile.switch_company, name="switch_company"),
    path("profile/", profile.profile, name="profile"),
    path("profile/language/", profile.language, name="language"),
    path("settings/", organisation.settings_index, name="settings"),
    path("settings/organisation/", organisation.organisation, name="organisation"),
    path("settings/organisation/logo/", organisation.logo, name="organisation_logo"),
    path("settings/audit-log/", organisation.audit_log, name="audit_log"),
    path("settings/api/", api_keys.api_keys, name="api_keys"),
    path("settings/api/<int:pk>/revoke/", api_keys.revoke, name="api_key_revoke"),
    path("team/employees/", people.employees, name="employees"),
    path("team/employees/rights/", people.rights_of_role, name="employee_rights"),
    path("team/employees/invite/", people.invite, name="invite"),
    path("team/employees/<int:pk>/", people.employee, name="employee"),
    path("team/employees/<int:pk>/deactivate/", people.deactivate, name="employee_deactivate"),
    path("team/employees/<int:pk>/reactivate/", people.reactivate, name="employee_reactivate"),
    path("team/invitations/<int:pk>/send/", people.send_again, name="invitation_send"),
    path("team/invitations/<int:pk>/withdraw/", people.withdraw, name="invitation_withdraw"),
    path("invitation/<str:token>/", invitations.invitation, name="invitation"),
]
