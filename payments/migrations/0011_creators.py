from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("payments", "0010_staff")]

    operations = []
