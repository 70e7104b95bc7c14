"""A project: one folder with what people write (`benchbook.yaml`, notebooks) and what the machine writes."""

from benchbook.project.locate import Project, current_project, find_project, open_project, use_project

__all__ = ["Project", "current_project", "find_project", "open_project", "use_project"]
