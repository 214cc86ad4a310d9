/** What failed, where that is told, and what could not be told. */
import { Section, Waiting } from "../functions/section.tsx";
import "../styles/alerts.css";
import { usePolled } from "../ui/poll.ts";
import { ALERTS, readAlerts } from "./alerts.ts";
import { Channels } from "./channels.tsx";
import { Deliveries } from "./deliveries.tsx";
import { Groups } from "./groups.tsx";

/** Everything about alerts. */
export function AlertsPage() {
  const polled = usePolled(ALERTS, readAlerts);
  const { value: alerts, again } = polled;
  return (
    <Section title="Alerts">
      <main class="content function-page alerts">
        <Waiting polled={polled} shape="table" />
        {alerts && (
          <>
            <Groups groups={alerts.groups} hasChannels={alerts.channels.length > 0} onDone={again} />
            <Channels channels={alerts.channels} onDone={again} />
            <Deliveries deliveries={alerts.deliveries} channels={alerts.channels} />
          </>
        )}
      </main>
    </Section>
  );
}
