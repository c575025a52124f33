import type { Column, TeamModes } from "./column";
import { text } from "../../ui/text";
import { words } from "./words";

const SLOW = [3, 5, 10, 30, 60, 120];
const FOLLOWERS = [0, 10, 60, 1440, 10_080, 43_200, 129_600];

/** The shield, one click up and one click down, and how strict the chat is besides. */
export function Head({ column }: { column: Column }) {
  const modes = column.modes.value;
  const { modes: load } = column.loads.value;
  if (load === "failed") {
    return (
      <p class="mod-column-modes" role="alert">
        {words.failed}{" "}
        <button type="button" class="link" onClick={() => void column.loadPart("modes")}>
          {text.tryAgain}
        </button>
      </p>
    );
  }
  if (modes === null) return <p class="skeleton-block mod-column-skeleton" role="status" aria-label={words.loading} />;
  const isSwitching = column.busy.value.has("shield");
  return (
    <div class={`mod-column-modes ${modes.shield ? "is-up" : ""}`}>
      <button
        type="button"
        class="btn btn-sm mod-shield-button"
        disabled={isSwitching}
        aria-busy={isSwitching}
        title={words.shield.more}
        onClick={() => void column.setShield(!modes.shield)}
      >
        {modes.shield ? words.shield.lower : words.shield.raise}
      </button>
      {modes.shield && <p role="status">{words.shield.up}</p>}
      <details>
        <summary>
          {words.modes.title}: <span class="quiet">{words.modes.summary(inShort(modes))}</span>
        </summary>
        <Controls modes={modes} column={column} />
      </details>
    </div>
  );
}

function Controls({ modes, column }: { modes: TeamModes; column: Column }) {
  const isBusy = column.busy.value.has("modes");
  const change = (changes: Partial<TeamModes>): void => void column.setModes(changes);
  const { slow_seconds: slow, followers_minutes: followers } = modes;
  return (
    <div class="mod-controls" aria-busy={isBusy}>
      <label>
        <span>{words.modes.slow}</span>
        <select class="select select-sm" disabled={isBusy} value={slow ?? ""} onChange={(event) => change({ slow_seconds: numberOf(event.currentTarget.value) })}>
          <option value="">{words.modes.off}</option>
          {withCurrent(SLOW, slow).map((seconds) => (
            <option key={seconds} value={seconds}>
              {words.modes.lasting(seconds)}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>{words.modes.followers}</span>
        <select class="select select-sm" disabled={isBusy} value={followers ?? ""} onChange={(event) => change({ followers_minutes: numberOf(event.currentTarget.value) })}>
          <option value="">{words.modes.off}</option>
          {withCurrent(FOLLOWERS, followers).map((minutes) => (
            <option key={minutes} value={minutes}>
              {minutes === 0 ? words.modes.anyFollower : words.modes.lasting(minutes * 60)}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>{words.modes.links}</span>
        <select class="select select-sm" disabled={isBusy} value={modes.links} onChange={(event) => change({ links: event.currentTarget.value as TeamModes["links"] })}>
          {Object.entries(words.modes.linkRules).map(([rule, label]) => (
            <option key={rule} value={rule}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>{words.modes.automod}</span>
        <select class="select select-sm" disabled={isBusy} value={modes.automod_level} onChange={(event) => change({ automod_level: Number(event.currentTarget.value) })}>
          {words.modes.levels.map((label, level) => (
            <option key={label} value={level}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <label class="mod-check">
        <input type="checkbox" class="checkbox checkbox-sm" disabled={isBusy} checked={modes.emote_only} onChange={(event) => change({ emote_only: event.currentTarget.checked })} />
        <span>{words.modes.emotes}</span>
      </label>
    </div>
  );
}

function inShort({ slow_seconds: slow, followers_minutes: followers, emote_only: emotes, links, automod_level: level }: TeamModes): string[] {
  const { short } = words.modes;
  const on: string[] = [];
  if (slow !== null) on.push(short.slow(slow));
  if (followers !== null) on.push(short.followers);
  if (emotes) on.push(short.emotes);
  if (links !== "allow") on.push(short.links(links));
  if (level > 0) on.push(short.automod(level));
  return on;
}

function numberOf(value: string): number | null {
  return value === "" ? null : Number(value);
}

/** What is in force is among the choices, also where it is none of the usual ones. */
function withCurrent(usual: readonly number[], current: number | null): number[] {
  return [...new Set(current === null ? usual : [...usual, current])].sort((one, other) => one - other);
}
