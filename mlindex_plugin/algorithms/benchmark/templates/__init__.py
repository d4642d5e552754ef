"""The page of the HTML report: frame, style and script, put together by jinja2."""
