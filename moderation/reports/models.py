"""What people told us about others, what staff decided, and what became of it."""

from django.db import models
from django.db.models import F, Q

from accounts.models import User
from core.ids import new_id


class Subject(models.TextChoices):
    MESSAGE = "message", "A message"
    USER = "user", "A person"
    STREAM = "stream", "A stream"
    CHANNEL = "channel", "A channel"


class Category(models.TextChoices):
    SPAM = "spam", "Spam or scam"
    HARASSMENT = "harassment", "Harassment or bullying"
    HATE = "hate", "Hate"
    VIOLENCE = "violence", "Violence or threats"
    SEXUAL = "sexual", "Sexual content"
    MINORS = "minors", "Endangers a minor"
    SELF_HARM = "self_harm", "Self-harm"
    ILLEGAL = "illegal", "Illegal goods or acts"
    COPYRIGHT = "copyright", "Copyright"
    IMPERSONATION = "impersonation", "Pretends to be somebody"
    OTHER = "other", "Something else"


class CaseState(models.TextChoices):
    OPEN = "open", "Open"
    ASSIGNED = "assigned", "Somebody is at it"
    DECIDED = "decided", "Decided"
    APPEALED = "appealed", "Appealed"
    CLOSED = "closed", "Closed"


class Case(models.Model):
    """Everything that was reported about one thing. ``evidence`` is what it looked like, kept when the thing goes."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject = models.CharField(max_length=10, choices=Subject.choices)
    subject_id = models.UUIDField()
    # Whose message, stream or channel it is: who is concerned by the decision.
    about = models.ForeignKey("accounts.Party", on_delete=models.PROTECT, related_name="cases")
    # The channel it happened in; None for a person as such.
    channel = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    stream = models.ForeignKey(
        "streams.Stream", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # The gravest that was named.
    category = models.CharField(max_length=15, choices=Category.choices)
    evidence = models.JSONField()
    state = models.CharField(max_length=10, choices=CaseState.choices, default=CaseState.OPEN)
    reports_count = models.PositiveIntegerField(default=0)
    assigned_to = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()
    last_reported_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-last_reported_at"]
        constraints = [
            # What comes later about the same thing joins what is open.
            models.UniqueConstraint(
                fields=["subject", "subject_id"],
                condition=Q(state__in=["open", "assigned"]),
                name="case_open_once",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-last_reported_at"], name="case_queue"),
            models.Index(fields=["channel", "-id"], name="case_of_channel"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.subject_id}: {self.category}"


class Report(models.Model):
    """One person's word about it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="reports")
    # None for a notice by somebody without an account.
    reporter = models.ForeignKey(
        "accounts.Party", on_delete=models.PROTECT, null=True, blank=True, related_name="reports"
    )
    category = models.CharField(max_length=15, choices=Category.choices)
    note = models.TextField(max_length=1000, blank=True)
    created_at = models.DateTimeField()
    # What the reporter was told in the end.
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "reporter"], condition=Q(reporter__isnull=False), name="report_once_each"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.category} on {self.case_id}"


class DecisionAction(models.TextChoices):
    DISMISS = "dismiss", "Dismiss"
    WARN = "warn", "Warn"
    STOP_STREAM = "stop_stream", "Stop the stream"
    TAKE_DOWN = "take_down", "Take it down"
    SUSPEND = "suspend", "Suspend the account"


class Decision(models.Model):
    """What staff decided. The database lets nobody change it; ``undone_at`` says that it does not hold any more."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    # None for what staff did without a report.
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, blank=True, related_name="decisions")
    about = models.ForeignKey("accounts.Party", on_delete=models.PROTECT, related_name="decisions")
    action = models.CharField(max_length=15, choices=DecisionAction.choices)
    category = models.CharField(max_length=15, choices=Category.choices)
    # The rule that was broken and why, in words for the person concerned.
    reason = models.TextField(max_length=2000)
    # None for what follows by rule from strikes.
    by = models.ForeignKey(
        "accounts.Party", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField()
    # What was there before, as far as undoing it needs to know: see moderation.reports.acts.
    before = models.JSONField(default=dict, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["about", "-id"], name="decisions_about")]

    def __str__(self) -> str:
        return f"{self.action} on {self.about_id}"


class Statement(models.Model):
    """What somebody is told: a statement of reasons, an answer to a report or an appeal. Shown until it is read.

    The statement of reasons is what EU law asks of a platform (Regulation 2022/2065, article 17).
    """

    class Kind(models.TextChoices):
        REASONS = "reasons", "Statement of reasons"
        REPORT = "report", "Answer to a report"
        APPEAL = "appeal", "Answer to an appeal"
        NOTICE = "notice", "Notice"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    party = models.ForeignKey("accounts.Party", on_delete=models.CASCADE, related_name="statements")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    decision = models.ForeignKey(
        Decision, on_delete=models.PROTECT, null=True, blank=True, related_name="statements"
    )
    title = models.CharField(max_length=120)
    text = models.TextField()
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    # Whoever set this last is sending the mail.
    mail_claimed_at = models.DateTimeField(null=True, blank=True, editable=False)
    mailed_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["party", "-id"], name="statements_of"),
            models.Index(fields=["created_at"], condition=Q(mailed_at=None), name="statement_unmailed"),
        ]

    def __str__(self) -> str:
        return self.title


class Appeal(models.Model):
    """One a decision, by the person concerned, decided by somebody else than decided first."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        GRANTED = "granted", "Granted"
        REFUSED = "refused", "Refused"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="appeal")
    text = models.TextField(max_length=2000)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    answer = models.TextField(max_length=2000, blank=True)
    # The first decision's author, copied so that the database can see that it is somebody else; None for a rule.
    first_by = models.ForeignKey(
        "accounts.Party", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_by = models.ForeignKey(
        "accounts.Party", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("first_by")), name="appeal_by_somebody_else"
            ),
            models.CheckConstraint(
                condition=Q(state="open", decided_by=None) | ~Q(state="open") & Q(decided_by__isnull=False),
                name="appeal_is_decided",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} on {self.decision_id}"


class Strike(models.Model):
    """A decision that counts against an account for a while."""

    party = models.ForeignKey("accounts.Party", on_delete=models.CASCADE, related_name="strikes")
    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="strike")
    at = models.DateTimeField()
    expires_at = models.DateTimeField()
    # An appeal was granted, or a counter-notice stood.
    taken_back_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["party", "expires_at"], name="strikes_of")]

    def __str__(self) -> str:
        return f"{self.party_id} until {self.expires_at}"


class GoLiveHold(models.Model):
    """Staff stopped a stream: its creator goes live again once staff have released them."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="go_live_holds")
    # The stream that was stopped.
    stream = models.ForeignKey(
        "streams.Stream", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    decision = models.ForeignKey(
        Decision, on_delete=models.PROTECT, null=True, blank=True, related_name="holds"
    )
    reason = models.TextField(max_length=2000)
    by = models.ForeignKey("accounts.Party", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    released_by = models.ForeignKey(
        "accounts.Party", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(released_at=None), name="go_live_hold_one_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} since {self.at}"
