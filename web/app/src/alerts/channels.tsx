/** Where alerts go: added here or in the settings, tried all at once. */
import type { Problem } from "@callingcard/kit/request.ts";
import { useSignal } from "@preact/signals";

import { Ask } from "../functions/page/ask.tsx";
import { sentences } from "../sites/words.ts";
import { Ago } from "../ui/ago.tsx";
import { problemFrom } from "../ui/states.tsx";
import { relative } from "../ui/time.ts";
import { AddChannel } from "./add-channel.tsx";
import { deleteChannel, testChannels, type Channel, type Delivery } from "./alerts.ts";
import { DeliveryMark } from "./deliveries.tsx";

/** Show *channels*. */
export function Channels({ channels, onDone }: { channels: readonly Channel[]; onDone: () => void }) {
  return (
    <section class="site-section" aria-labelledby="channels">
      <div class="site-section-head">
        <h2 class="site-section-title" id="channels">
          Channels
        </h2>
        <AddChannel onDone={onDone} />
      </div>
      {channels.length === 0 ? (
        <p class="text-muted">Nobody is told yet. A channel is a chat, an address or a service that alerts go to.</p>
      ) : (
        <>
          <table class="table channels-table">
            <thead>
              <tr>
                <th scope="col">Channel</th>
                <th scope="col">Last alert</th>
                <th scope="col" class="channels-act">
                  <span class="sr-only">Delete</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {channels.map((channel) => (
                <Row key={channel.id} channel={channel} onDone={onDone} />
              ))}
            </tbody>
          </table>
          <Testing channels={channels} onDone={onDone} />
        </>
      )}
    </section>
  );
}

function Row({ channel, onDone }: { channel: Channel; onDone: () => void }) {
  return (
    <tr>
      <td title={channel.name}>
        <strong dir="auto">{channel.name}</strong>
        <span class="under">
          {channel.kind}
          {channel.fromSettings && " · from the settings"}
        </span>
      </td>
      <td class={channel.lastProblem ? "text-danger channel-problem" : "text-muted"}>
        {channel.lastProblem ? sentences(channel.lastProblem) : channel.lastAt ? <Ago at={channel.lastAt} words={relative} /> : "None yet"}
      </td>
      <td class="channels-act">
        {!channel.fromSettings && (
          <Ask
            label="Delete"
            about={channel.name}
            look="text-button"
            question={`Delete ${channel.name}?`}
            isDanger
            act={async () => {
              await deleteChannel(channel.id);
              onDone();
            }}
          >
            <p>No alert goes there from now on. To have it again, its address has to be typed in again.</p>
          </Ask>
        )}
      </td>
    </tr>
  );
}

/** Sends a test to every channel and says how each went. */
function Testing({ channels, onDone }: { channels: readonly Channel[]; onDone: () => void }) {
  const busy = useSignal(false);
  const went = useSignal<Delivery[] | null>(null);
  const problem = useSignal<Problem | null>(null);
  async function test(): Promise<void> {
    busy.value = true;
    problem.value = null;
    went.value = null;
    try {
      went.value = await testChannels();
      onDone();
    } catch (error) {
      problem.value = problemFrom(error);
    } finally {
      busy.value = false;
    }
  }
  return (
    <div class="channels-test">
      <button type="button" class="button" disabled={busy.value} onClick={() => void test()}>
        {busy.value ? "Sending" : "Send a test to all"}
      </button>
      <div role="status">
        {problem.value && (
          <p class="form-error">
            {sentences(problem.value.message, problem.value.hint)} <code>{problem.value.code}</code>
          </p>
        )}
        {went.value && (
          <ul class="went">
            {went.value.map((one) => (
              <li key={one.id}>
                <DeliveryMark delivery={one} />
                <strong dir="auto">{channels.find((channel) => channel.id === one.channel)?.name ?? one.channel}</strong>
                {one.problem && <span class="text-danger">{sentences(one.problem)}</span>}
              </li>
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}
