"""The way back to a lesson that sent the learner to the Compare page."""

from dino.ui import learner, session, state
from dino.ui.language import say


def draw_lesson_back() -> None:
    """Draw a link to the lesson that is open on Learn, if one of its steps leads to Compare."""
    lesson = learner.all_lessons().get(state.LESSON.get())
    if lesson is not None and any(step.panel == "compare" for step in lesson.steps):
        label = say("Back to the lesson: {title}", title=lesson.title)
        session.draw_link(session.LEARN, label=label, icon=":material/arrow_back:")
