/** Faults: each a group of failures that are alike, with what is done about it. */
import type { Problem } from "@callingcard/kit/request.ts";
import { useSignal } from "@preact/signals";
import { BellOff, CircleAlert, CircleCheck } from "lucide";

import { count } from "../functions/words.ts";
import { address, functionAddress } from "../router.ts";
import { sentences } from "../sites/words.ts";
import { Ago, present } from "../ui/ago.tsx";
import { Icon } from "../ui/icon.tsx";
import { problemFrom } from "../ui/states.tsx";
import { relative } from "../ui/time.ts";
import { muteGroup, resolveGroup, unmuteGroup, type Group } from "./alerts.ts";
import { inOrder, isMuted, KINDS, MUTES, muteUntil, stateHelp, stateWords, subjectWords } from "./words.ts";

/** Show *groups*, those that need somebody first. */
export function Groups({ groups, hasChannels, onDone }: { groups: readonly Group[]; hasChannels: boolean; onDone: () => void }) {
  const open = groups.filter((group) => group.state !== "recovered").length;
  return (
    <section class="site-section" aria-labelledby="faults">
      <h2 class="site-section-title" id="faults">
        Faults
      </h2>
      {groups.length === 0 && (
        <p class="text-muted">
          None. When a function fails, a schedule misses its time, or a busy function goes quiet, it is counted here
          {hasChannels ? " and told to the channels below, once for each fault." : "; add a channel below to be told."} What
          fails in the editor does not count.
        </p>
      )}
      {groups.length > 0 && (
        <>
          <p class="sr-only" role="status">
            {count(open, "open fault")}
          </p>
          <ul class="faults">
            {inOrder(groups, freshNow()).map((group) => (
              <Fault key={group.fingerprint} group={group} onDone={onDone} />
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

/** The present, to the moment; whoever asks is drawn again when `present` moves on. */
function freshNow(): Date {
  return new Date(Math.max(present.value.getTime(), Date.now()));
}

function Fault({ group, onDone }: { group: Group; onDone: () => void }) {
  const now = freshNow();
  const muted = isMuted(group, now);
  const icon = group.state === "recovered" ? CircleCheck : muted ? BellOff : CircleAlert;
  const look = group.state === "recovered" ? "ok" : muted ? "unknown" : "trouble";
  return (
    <li class="fault" data-state={look}>
      <p class="fault-head">
        <span class="health" data-state={look} title={stateHelp(group, now)}>
          <Icon node={icon} size={16} />
          <span>{stateWords(group, now)}</span>
        </span>
        <span class="text-muted fault-when">
          {group.count > 1 && (
            <>
              {count(group.count, "time")}, first <Ago at={group.firstAt} words={relative} />, last{" "}
            </>
          )}
          <Ago at={group.lastAt} words={relative} />
        </span>
      </p>
      <p class="fault-title" dir="auto">
        {group.title}
      </p>
      <div class="fault-foot">
        <span>
          {KINDS[group.kind]}: <Subject group={group} />
        </span>
        {group.lastRunId && (
          <a class="quiet-link" href={address("runs", group.lastRunId)}>
            Last run
          </a>
        )}
        <Actions group={group} isMuted={muted} onDone={onDone} />
      </div>
    </li>
  );
}

function Subject({ group }: { group: Group }) {
  const [kind, name] = group.subject.split(" ");
  const path = group.function !== null ? functionAddress(group.function) : kind === "site" && name ? address("sites", name) : null;
  if (path === null) return <bdi>{subjectWords(group)}</bdi>;
  return (
    <a class="quiet-link" href={path}>
      {subjectWords(group)}
    </a>
  );
}

function Actions({ group, isMuted: muted, onDone }: { group: Group; isMuted: boolean; onDone: () => void }) {
  const busy = useSignal(false);
  const problem = useSignal<Problem | null>(null);
  const { fingerprint, title } = group;
  async function act(work: () => Promise<unknown>): Promise<void> {
    busy.value = true;
    problem.value = null;
    try {
      await work();
      onDone();
    } catch (error) {
      problem.value = problemFrom(error);
    } finally {
      busy.value = false;
    }
  }
  if (group.state === "recovered") return null;
  return (
    <span class="fault-actions">
      {problem.value && (
        <span class="form-error" role="alert">
          {sentences(problem.value.message, problem.value.hint)} <code>{problem.value.code}</code>
        </span>
      )}
      {muted ? (
        <button
          type="button"
          class="button"
          disabled={busy.value}
          onClick={() => void act(() => unmuteGroup(fingerprint))}
        >
          Unmute<span class="sr-only"> {title}</span>
        </button>
      ) : (
        <select
          class="input select fault-mute"
          aria-label={`Mute ${title}`}
          disabled={busy.value}
          value=""
          onChange={(event) => {
            const hours = MUTES[Number(event.currentTarget.value)]?.[1] ?? null;
            event.currentTarget.value = "";
            void act(() => muteGroup(fingerprint, muteUntil(hours, new Date())));
          }}
        >
          <option value="">Mute</option>
          {MUTES.map(([name], index) => (
            <option key={name} value={index}>
              {name}
            </option>
          ))}
        </select>
      )}
      <button type="button" class="button" disabled={busy.value} onClick={() => void act(() => resolveGroup(fingerprint))}>
        Resolve<span class="sr-only"> {title}</span>
      </button>
    </span>
  );
}
