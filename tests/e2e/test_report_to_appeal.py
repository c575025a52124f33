"""From a viewer's report to what staff decide, what everybody is told, and the appeal; and a stream that staff stop."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browsers import PHONE, Visitors
from tests.servers import Busk
from tests.streaming import chat_of, end_stream, go_live, player_of, say

pytestmark = pytest.mark.e2e

ADVERT = "Cheap coins at coins dot example, only today"
WHY = "It sends people to buy coins elsewhere."
APPEAL = "I only quoted what somebody wrote to me, to warn the others."


def report_message(page: Page, name: str, note: str) -> None:
    """By the card that the author's name opens."""
    chat_of(page).get_by_role("button", name=name).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Report this message").click()
    dialog.get_by_label("Spam or scam").check()
    dialog.get_by_label("What we should know, if you like").fill(note)
    dialog.get_by_role("button", name="Send report").click()
    expect(dialog.get_by_text("Whom you report is not told who did it.")).to_be_visible()
    dialog.get_by_role("button", name="Done").click()


def open_case(staff: Page, name: re.Pattern[str]) -> None:
    staff.goto("/admin/moderation/case/")
    staff.get_by_role("link", name=name).click()
    expect(staff.get_by_role("heading", name="Reports")).to_be_visible()


def decide(staff: Page, action: str, rule: str, reason: str) -> None:
    staff.get_by_label("Decision").select_option(label=action)
    staff.get_by_label("Rule").select_option(label=rule)
    staff.get_by_label("Reason").fill(reason)
    staff.get_by_role("button", name="Decide").click()
    expect(staff.get_by_text("Everybody concerned is told")).to_be_visible()


def test_a_report_ends_in_a_decision_the_notices_and_an_appeal(busk: Busk, visitors: Visitors) -> None:
    visitors.expect_refusals()  # the admin has no icon
    studio = visitors.sign_in("mara")
    stream_id = go_live(studio, "Cello for friends")
    ada = visitors.sign_in("ada")
    ada.goto(f"/stream/{stream_id}")
    say(ada, ADVERT)
    ben = visitors.sign_in("ben", viewport=PHONE)
    ben.goto(f"/stream/{stream_id}")
    expect(chat_of(ben)).to_contain_text(ADVERT)
    report_message(ben, "Ada", "She does this every evening")
    ben.goto("/account/reports")
    expect(ben.get_by_text("Staff have not decided yet.")).to_be_visible()

    # One of staff decides, with the words and what was said around them before their eyes.
    staff = visitors.sign_in("staffer")
    open_case(staff, re.compile("Cheap coins"))
    expect(staff.get_by_text("She does this every evening")).to_be_visible()
    staff.get_by_role("button", name="Take it", exact=True).click()
    decide(staff, "Take it down", "Spam or scam", WHY)
    expect(chat_of(ada)).not_to_contain_text(ADVERT)

    # Both are told: the one by a badge, and both by mail.
    ben.goto("/account/reports")
    expect(ben.get_by_text("It breaks our rules. It was removed.")).to_be_visible()
    ada.goto("/live")
    ada.get_by_label("Your account, 1 new notice").click()
    ada.get_by_role("link", name=re.compile("Notices")).click()
    ada.get_by_role("link", name="Something of yours was removed").click()
    expect(ada.get_by_role("main")).to_contain_text(WHY)
    ada.get_by_label("Why is it wrong?").fill(APPEAL)
    ada.get_by_role("button", name="Send the appeal").click()
    expect(ada.get_by_text("You hear from us by mail and here.")).to_be_visible()
    expect(ada.get_by_role("button", name="Send the appeal")).not_to_be_visible()
    ada.goto("/dev/mail/")
    expect(
        ada.get_by_role("article").filter(has_text="Something of yours was removed").filter(has_text=WHY)
    ).to_be_visible()

    # Whoever decided first is refused; somebody else grants it, and the message is there again.
    answer_appeal(staff, "It was a quotation, as she says.")
    expect(staff.get_by_text("You decided first")).to_be_visible()
    busk.row(
        "UPDATE accounts_user SET is_staff = true, is_superuser = true WHERE username = 'jonas' RETURNING id"
    )
    other = visitors.sign_in("jonas")
    answer_appeal(other, "It was a quotation, as she says.")
    expect(other.get_by_text("1 done, 0 passed over")).to_be_visible()
    ada.goto("/account/notices")
    expect(ada.get_by_role("link", name="Your appeal was granted")).to_be_visible()
    expect(ada.get_by_text("does not hold any more")).to_be_visible()
    # Rooms that are open keep what they were told; whoever asks for the chat so far has it again.
    assert ADVERT in ben.request.get(f"/api/streams/{stream_id}/messages").text()
    end_stream(studio)


def answer_appeal(staff: Page, reason: str) -> None:
    staff.goto("/admin/moderation/appeal/?state__exact=open")
    staff.get_by_role("row").filter(has_text="ada").get_by_role("checkbox").check()
    staff.get_by_label("Action:").select_option(label="Grant")
    staff.get_by_role("button", name="Run").or_(staff.get_by_role("button", name="Go")).click()
    staff.get_by_label("Reason").fill(reason)
    staff.get_by_role("button", name="Grant").click()


def test_staff_stop_a_stream_and_let_its_creator_back(busk: Busk, visitors: Visitors) -> None:
    visitors.expect_refusals()  # the admin has no icon
    studio = visitors.sign_in("mara")
    stream_id = go_live(studio, "Somebody else's concert")
    viewer = visitors.come()
    viewer.goto(f"/stream/{stream_id}")
    expect(viewer.get_by_role("heading", name="Somebody else's concert")).to_be_visible()

    staff = visitors.sign_in("staffer")
    staff.goto(f"/admin/streams/stream/?id__exact={stream_id}")
    staff.get_by_role("row").filter(has_text="concert").get_by_role("checkbox").check()
    staff.get_by_label("Action:").select_option(label="Stop")
    staff.get_by_role("button", name="Run").or_(staff.get_by_role("button", name="Go")).click()
    staff.get_by_label("Rule").select_option(label="Copyright")
    staff.get_by_label("Reason").fill("The concert of another band is shown.")
    staff.get_by_role("button", name="Stop").click()
    expect(staff.get_by_text("1 done, 0 passed over")).to_be_visible()

    # The viewer's page says so at once, and a moment later shows nothing of it any more.
    expect(viewer.get_by_text("This stream was stopped").first).to_be_visible(timeout=5000)
    expect(viewer.get_by_role("heading", name="This stream was stopped")).to_be_visible(timeout=10_000)
    expect(viewer.get_by_text("Somebody else's concert")).not_to_be_visible()
    assert player_of(viewer).count() == 0

    # The creator reads why, in the studio and where they would begin anew.
    expect(studio.get_by_role("heading", name="The stream has ended")).to_be_visible()
    expect(studio.get_by_text("Why: The concert of another band is shown.")).to_be_visible()
    studio.goto("/creator/go-live")
    expect(studio.get_by_text("New streams wait until staff release you.")).to_be_visible()
    expect(studio.get_by_text("Why: The concert of another band is shown.")).to_be_visible()

    staff.goto("/admin/moderation/golivehold/")
    staff.get_by_role("row").filter(has_text="mara").get_by_role("checkbox").check()
    staff.get_by_label("Action:").select_option(label="Release")
    staff.get_by_role("button", name="Run").or_(staff.get_by_role("button", name="Go")).click()
    staff.get_by_label("Reason").fill("They showed us the contract.")
    staff.get_by_role("button", name="Release").click()
    expect(staff.get_by_text("1 done, 0 passed over")).to_be_visible()
    go_live(studio, "My own concert")
    end_stream(studio)


def test_somebody_without_an_account_sends_a_notice(visitors: Visitors) -> None:
    somebody = visitors.come(viewport=PHONE)
    somebody.goto("/live")
    somebody.get_by_role("link", name="Report copyright or illegal content").click()
    somebody.get_by_role("radio", name="Copyright").check()
    somebody.get_by_label("Address", exact=True).fill("http://localhost:8000/live/mara")
    somebody.get_by_label("What is wrong with it?").fill(
        "The song in her channel's picture is ours, number 12345."
    )
    somebody.get_by_label("Your full name").fill("Lena Label")
    somebody.get_by_label("E-mail").fill("lena@label.example")
    somebody.get_by_label(re.compile("I believe in good faith")).check()
    somebody.get_by_label("Signature").fill("Lena Label")
    somebody.get_by_role("button", name="Send the notice").click()
    expect(somebody.get_by_role("heading", name="We have your notice")).to_be_visible()
    somebody.goto("/dev/mail/")
    expect(somebody.get_by_role("article").filter(has_text="lena@label.example").first).to_contain_text(
        re.compile("number is [0-9A-F]{6}-[0-9A-F]{6}")
    )
