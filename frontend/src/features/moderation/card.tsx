import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { ApiError } from "../../api/client";
import { text } from "../../ui/text";
import { toast } from "../../ui/toast";
import { clock, momentOf } from "../../ui/times";
import { Badge } from "../room/Name";
import { nameColour } from "../room/names";
import { useSecondsUntil } from "../room/useSeconds";
import { words as roleWords } from "../room/words";
import { BanForm, DeleteAllForm, TimeoutForm, WarnForm } from "./forms";
import { Person, type PersonFacts } from "./person";
import type { Place, Whom } from "./place";
import { openReport } from "./report";
import { openSheet, SheetHead } from "./sheet";
import { offerUndo } from "./undo";
import { words } from "./words";

export type Panel = "timeout" | "ban" | "warn" | "purge";

/** Opens who somebody is in this chat. `start` is what a moderator wants to do at once. */
export function openCard(place: Place, whom: Whom, start: Panel | null = null): void {
  openSheet((close) => <Card place={place} whom={whom} start={start} close={close} />);
}

interface Props {
  place: Place;
  whom: Whom;
  start: Panel | null;
  close: () => void;
}

function Card({ place, whom, start, close }: Props) {
  const person = useMemo(() => new Person(place, whom), []);
  useEffect(() => void person.load(), []);
  const facts = person.facts.value;
  const told = person.told.value;
  return (
    <>
      <SheetHead close={close}>
        <Avatar name={whom.name} url={facts?.user.avatar_url ?? null} />
        <div class="mod-who">
          <h2 id="mod-sheet-title">
            <span class={nameColour(whom.id)}>{facts?.user.display_name ?? whom.name}</span>{" "}
            {facts && <Badge role={facts.rank === "owner" ? "creator" : facts.rank} />}
          </h2>
          <Since person={person} facts={facts} />
        </div>
      </SheetHead>
      {told && (
        <p class={told.failed ? "mod-told mod-failed" : "mod-told"} role={told.failed ? "alert" : "status"}>
          {told.words}
        </p>
      )}
      {person.isGuest ? (
        <p class="mod-acts">
          {words.signInFirst}{" "}
          <a class="btn btn-sm" href={place.links.signIn}>
            {words.signIn}
          </a>
        </p>
      ) : (
        <>
          {facts && person.isBelow && <State facts={facts} />}
          <ForAll person={person} close={close} />
          {facts && person.isBelow && <ForTeam person={person} facts={facts} start={start} close={close} />}
          {facts?.history && <Past facts={facts} />}
        </>
      )}
    </>
  );
}

function Avatar({ name, url }: { name: string; url: string | null }) {
  if (url !== null) return <img class="person size-11" src={url} alt="" />;
  return (
    <span class="person size-11 text-lg" aria-hidden="true">
      {Array.from(name)[0]?.toUpperCase()}
    </span>
  );
}

function Since({ person, facts }: { person: Person; facts: PersonFacts | null }) {
  if (facts === null) {
    switch (person.state.value) {
      case "gone":
        return <p class="quiet">{words.gone}</p>;
      case "failed":
        return (
          <p role="alert">
            {words.failed}{" "}
            <button type="button" class="link" onClick={() => void person.load()}>
              {text.tryAgain}
            </button>
          </p>
        );
      default:
        return person.isGuest ? null : <p class="skeleton-block mod-skeleton" role="status" aria-label={words.loading} />;
    }
  }
  const parts = [words.since(dayOf(facts.since))];
  if (facts.rank_since && facts.rank in roleWords.roles) {
    parts.push(words.rankSince(roleWords.roles[facts.rank as keyof typeof roleWords.roles].full, dayOf(facts.rank_since)));
  }
  if (facts.follows_since) parts.push(words.followsSince(dayOf(facts.follows_since)));
  else if (facts.follows_since === null) parts.push(words.followsNot);
  return (
    <p class="quiet">
      {parts.join(" · ")} · <a href={`/live/${encodeURIComponent(facts.user.username)}`}>{words.channel}</a>
    </p>
  );
}

/** What is in force against them now. */
function State({ facts }: { facts: PersonFacts }) {
  const { ban, timeout } = facts;
  const left = useSecondsUntil(timeout ? Date.parse(timeout.until) : null);
  if (ban) {
    return (
      <p class="mod-state">
        {words.isBanned(momentOf(ban.created_at))}
        {words.byReason(ban.reason)}
      </p>
    );
  }
  if (!timeout || left === null) return null;
  return (
    <p class="mod-state tabular">
      {words.isTimedOut(clock(left))}
      {words.byReason(timeout.reason)}
    </p>
  );
}

/** What everybody can do for themselves. */
function ForAll({ person, close }: { person: Person; close: () => void }) {
  const { place, whom } = person;
  if (person.state.value === "gone") return null;
  const canDelete = person.isMessageThere && (person.isOneself.value || person.isBelow);
  const remove = async (): Promise<void> => {
    const { messageId } = whom;
    if (messageId !== null && (await person.act((acts) => acts.removeMessage(messageId), words.done.deleted))) close();
  };
  const report = (kind: "user" | "message"): void => {
    const row = place.chat.log.rows.peek().find(({ key }) => key === whom.messageId);
    const quote = row?.kind === "message" ? row.message.text : "";
    const subject = kind === "message" ? { kind, id: whom.messageId ?? "", about: quote } : { kind, id: whom.id, about: whom.name };
    openReport({ isGuest: person.isGuest, signInUrl: place.links.signIn }, subject);
  };
  return (
    <div class="mod-acts">
      {canDelete && (
        <button type="button" class="btn btn-sm" disabled={person.isBusy.value} onClick={() => void remove()}>
          {words.deleteMessage}
        </button>
      )}
      {person.isOneself.value ? (
        <span class="quiet">{words.you}</span>
      ) : (
        <>
          <button
            type="button"
            class="btn btn-sm"
            title={words.blockMore}
            disabled={person.isBusy.value}
            onClick={() => void (person.isBlocked.value ? person.unblock() : person.block())}
          >
            {person.isBlocked.value ? words.unblock : words.block}
          </button>
          {person.isMessageThere && (
            <button type="button" class="btn btn-sm" onClick={() => report("message")}>
              {words.reportMessage}
            </button>
          )}
          <button type="button" class="btn btn-sm" onClick={() => report("user")}>
            {words.reportPerson}
          </button>
        </>
      )}
    </div>
  );
}

const TIMES = [10, 60, 600, 3600, 86_400];

/** What the team can do about them. */
function ForTeam({ person, facts, start, close }: { person: Person; facts: PersonFacts; start: Panel | null; close: () => void }) {
  const panel = useSignal<Panel | null>(start);
  const { whom } = person;
  const isBusy = person.isBusy.value;
  const open = (which: Panel): void => {
    panel.value = panel.value === which ? null : which;
  };
  const timeOut = async (seconds: number, reason = ""): Promise<void> => {
    const done = words.done.timedOut(whom.name, words.lasting(seconds));
    if (await person.act((acts) => acts.timeOut(whom.id, seconds, reason), done)) panel.value = null;
  };
  const ban = async (how: { reason: string; purge: boolean; with_networks: boolean }): Promise<void> => {
    if (!(await person.act((acts) => acts.ban(whom.id, how), words.done.banned(whom.name)))) return;
    panel.value = null;
    if (start !== "ban") return;
    // Whoever came by a key goes back to the lines.
    close();
    toastBanned(person);
  };
  const warn = async (reason: string): Promise<void> => {
    if (!(await person.act((acts) => acts.warn(whom.id, reason), words.done.warned(whom.name)))) return;
    panel.value = null;
    if (start === "warn") close();
  };
  const purge = async (): Promise<void> => {
    if (await person.act((acts) => acts.purge(whom.id), words.done.purged)) panel.value = null;
  };
  const choice = (which: Panel, label: string) => (
    <button type="button" class="btn btn-sm" aria-expanded={panel.value === which} onClick={() => open(which)}>
      {label}
    </button>
  );
  return (
    <section class="mod-team" aria-labelledby="mod-team-title">
      <h3 id="mod-team-title">{words.moderate}</h3>
      <div class="mod-times" role="group" aria-label={words.timeoutMore}>
        <span class="quiet">{words.timeout}</span>
        {TIMES.map((seconds) => (
          <button key={seconds} type="button" class="btn btn-sm" disabled={isBusy} onClick={() => void timeOut(seconds)}>
            {words.lasting(seconds)}
          </button>
        ))}
        {choice("timeout", words.custom)}
        {facts.timeout && (
          <button
            type="button"
            class="btn btn-sm"
            disabled={isBusy}
            onClick={() => void person.act((acts) => acts.endTimeout(whom.id), words.done.timeoutEnded(whom.name))}
          >
            {words.endTimeout}
          </button>
        )}
      </div>
      <div class="mod-acts">
        {facts.ban ? (
          <button
            type="button"
            class="btn btn-sm"
            disabled={isBusy}
            onClick={() => void person.act((acts) => acts.unban(whom.id), words.done.unbanned(whom.name))}
          >
            {words.unban}
          </button>
        ) : (
          choice("ban", words.ban)
        )}
        {choice("warn", words.warn)}
        {choice("purge", words.deleteAll)}
      </div>
      {panel.value === "timeout" && <TimeoutForm isBusy={isBusy} onCancel={() => (panel.value = null)} onSend={(seconds, reason) => void timeOut(seconds, reason)} />}
      {panel.value === "ban" && <BanForm person={person} onCancel={() => (panel.value = null)} onSend={(how) => void ban(how)} />}
      {panel.value === "warn" && <WarnForm person={person} onCancel={() => (panel.value = null)} onSend={(reason) => void warn(reason)} />}
      {panel.value === "purge" && <DeleteAllForm person={person} onCancel={() => (panel.value = null)} onSend={() => void purge()} />}
      <Roles person={person} facts={facts} />
    </section>
  );
}

function toastBanned({ acts, whom }: Person): void {
  offerUndo(words.done.banned(whom.name), () => {
    acts.unban(whom.id).then(
      () => toast(words.done.unbanned(whom.name)),
      (error: unknown) => toast(error instanceof ApiError ? words.refused(error) : words.undoFailed),
    );
  });
}

function Roles({ person, facts }: { person: Person; facts: PersonFacts }) {
  const names = { vip: words.makeVip, moderator: words.makeModerator, lead: words.makeLead };
  if (person.roles.length === 0) return null;
  return (
    <div class="mod-acts">
      {person.roles.map((role) => (
        <button key={role} type="button" class="btn btn-sm btn-ghost" disabled={person.isBusy.value} onClick={() => void person.giveRole(role)}>
          {names[role]}
        </button>
      ))}
      {facts.rank !== "nobody" && (
        <button
          type="button"
          class="btn btn-sm btn-ghost"
          disabled={person.isBusy.value}
          onClick={() => void person.act((acts) => acts.takeRole(person.whom.id), words.done.roleTaken)}
        >
          {words.takeRole}
        </button>
      )}
    </div>
  );
}

function Past({ facts: { history = [], messages = [], cautions = [] } }: { facts: PersonFacts }) {
  return (
    <>
      <details class="mod-past" open>
        <summary>
          {words.history}
          {cautions.length > 0 && <span class="quiet"> · {words.warnings(cautions.length)}</span>}
        </summary>
        {history.length === 0 ? (
          <p class="quiet">{words.historyEmpty}</p>
        ) : (
          <ul>
            {history.map(({ id, at, action, by, reason }) => (
              <li key={id}>
                <time dateTime={at} class="quiet tabular">
                  {momentOf(at)}
                </time>{" "}
                <b>{words.actions[action] ?? action}</b> <span class="quiet">{by?.name ?? words.rule}</span>
                {reason !== "" && <q>{reason}</q>}
              </li>
            ))}
          </ul>
        )}
      </details>
      <details class="mod-past">
        <summary>{words.messages}</summary>
        {messages.length === 0 ? (
          <p class="quiet">{words.messagesEmpty}</p>
        ) : (
          <ul>
            {messages.map(({ id, at, text: said, removed }) => (
              <li key={id}>
                <time dateTime={at} class="quiet tabular">
                  {momentOf(at)}
                </time>{" "}
                {removed ? (
                  <>
                    <span class="sr-only">{words.removed} </span>
                    <s>{said}</s>
                  </>
                ) : (
                  said
                )}
              </li>
            ))}
          </ul>
        )}
      </details>
    </>
  );
}

function dayOf(iso: string): string {
  return new Intl.DateTimeFormat(document.documentElement.lang || "en", { dateStyle: "medium" }).format(new Date(iso));
}
