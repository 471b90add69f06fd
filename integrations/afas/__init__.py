"""A plain Python library that speaks AFAS Profit REST.

It knows no Django, no company and no database: it is given a base URL and a credential, sends what
it is told, and turns every answer into a value or into an error that means one next step.

Sources: AFAS's developer documentation (docs.afas.help, pages named where a rule comes from one)
and its OpenAPI description 6.6.9 of August 2025.
"""
