"""What a UBL invoice is held against: see NOTICE.md for what lies here and whose it is."""
