from __future__ import annotations

from django.db import migrations, models
from django.db.models import F, Func, TextField, Value
from django.db.models.functions import MD5

INVISIBLE = (
    "[\x01-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
SPACES = (
    "\t\n \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
SEEN = Func(F("text"), Value(INVISIBLE), Value(""), Value("g"), function="REGEXP_REPLACE")
COMPOSED = Func(SEEN, template="NORMALIZE(%(expressions)s, NFC)", output_field=TextField())
SAME = MD5(Func(COMPOSED, Value(SPACES), function="BTRIM", output_field=TextField()))


class Migration(migrations.Migration):
    dependencies = [("quizzes", "0006_number_choices_alike")]

    operations = [
        migrations.RemoveConstraint(model_name="choice", name="choice_text_in_question"),
        migrations.AddConstraint(
            model_name="choice",
            constraint=models.UniqueConstraint(F("question"), SAME, name="choice_told_apart"),
        ),
    ]
