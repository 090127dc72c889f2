"""The name on the staff's pages."""

from __future__ import annotations

from django.contrib import admin

admin.site.site_header = "ProfAI"
admin.site.site_title = "ProfAI"
admin.site.index_title = "Courses, quizzes and jobs"
