"""What several kinds of tests share: processes of the real product."""
