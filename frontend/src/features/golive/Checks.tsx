import { Icon } from "../../ui/icon";
import { type Check, checklist, type Facts, SLOWEST_BPS, type State } from "./checklist";
import { words } from "./words";

const ORDER: readonly Check[] = ["camera", "microphone", "network", "title", "thumbnail"];
const SIGNS: Readonly<Record<State, string>> = {
  todo: "alert",
  working: "clock",
  done: "check",
  problem: "alert",
  optional: "check",
};

/** What is ready and what is not, each by sign, word and colour. */
export function Checks({ facts, onTestNetwork }: { facts: Facts; onTestNetwork: () => void }) {
  const states = checklist(facts);
  return (
    <ul class="checks">
      {ORDER.map((check) => (
        <li class={`check check-${states[check]}`} key={check}>
          <Icon name={SIGNS[states[check]]} />
          <span class="check-name">{words.check[check]}</span>
          <span class="check-word">{wordOf(check, states[check], facts)}</span>
          {check === "network" && states.network === "problem" && (
            <button type="button" class="btn btn-xs" onClick={onTestNetwork}>
              {words.network.again}
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}

function wordOf(check: Check, state: State, { network }: Facts): string {
  if (check === "microphone" && state === "problem") return words.noMicrophone;
  if (check === "network") {
    if (network.is === "failed") return words.network.failed;
    if (network.is === "measured") {
      const slow = network.bitsPerSecond < SLOWEST_BPS;
      return slow ? words.network.slow(network.bitsPerSecond) : words.network.measured(network.bitsPerSecond);
    }
  }
  return words.state[state];
}
