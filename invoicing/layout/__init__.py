"""The layout of an invoice on paper: one typst template, its fonts, and the call that sets them."""
