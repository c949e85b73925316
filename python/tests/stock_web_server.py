"""Stock Airflow's web application behind an HTTP server on a free port of the loopback; prints its address."""

from __future__ import annotations

from airflow.www.app import create_app
from werkzeug.serving import make_server

application = create_app()
with application.app_context():
    security = application.appbuilder.sm
    role = security.find_role("Admin")
    security.add_user("reader", "Reads", "All", "reader@example.com", role, password="reader")
server = make_server("127.0.0.1", 0, application, threaded=True)
print(f"http://127.0.0.1:{server.port}", flush=True)
server.serve_forever()
