"""What tasks log."""
