from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("payments", "0006_order_for")]

    operations = []
