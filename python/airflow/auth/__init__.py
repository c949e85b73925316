"""Names that provider packages import; users and roles are the web server's."""
