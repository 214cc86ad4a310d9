/** The list of office hours: when each office is open, and whether it is now. */
import { useRef } from "preact/hooks";

import { Section, Waiting } from "../../chatflows/section.tsx";
import { address, NEW_HOURS } from "../../router.ts";
import { useListKeys } from "../../ui/list-keys.ts";
import { usePolled } from "../../ui/poll.ts";
import { Empty } from "../../ui/states.tsx";
import { HOURS, readHours, type Hours } from "../teams.ts";
import { weekWords } from "../words.ts";
import { OpenNow } from "./open-now.tsx";

/** All office hours. */
export function HoursListPage() {
  const polled = usePolled(HOURS, readHours);
  const { value: hours } = polled;
  const list = useRef<HTMLElement>(null);
  useListKeys(list);
  const isEmpty = hours?.length === 0;
  return (
    <Section
      title="Office hours"
      action={
        hours &&
        !isEmpty && (
          <a class="button button-primary" href={NEW_HOURS}>
            New office hours
          </a>
        )
      }
    >
      <main class="content" ref={list}>
        <Waiting polled={polled} />
        {isEmpty && (
          <Empty
            title="No office hours yet"
            text="Office hours say when a team is there. Without any, teams are always open, and visitors are never told to come back later."
          >
            <a class="button button-primary" href={NEW_HOURS}>
              New office hours
            </a>
          </Empty>
        )}
        {hours && !isEmpty && <Table hours={hours} />}
      </main>
    </Section>
  );
}

function Table({ hours }: { hours: readonly Hours[] }) {
  return (
    <table class="table hours-table">
      <thead>
        <tr>
          <th scope="col">Office hours</th>
          <th scope="col">Now</th>
          <th scope="col" class="wide-only">Time zone</th>
          <th scope="col" class="number wide-only">Holidays</th>
        </tr>
      </thead>
      <tbody>
        {hours.map((one) => (
          <tr key={one.name}>
            <td>
              <a class="row-link" data-row href={address("hours", one.name)} title={one.name}>
                {one.name}
              </a>
              <span class="under" title={weekWords(one.days)}>
                {weekWords(one.days)}
              </span>
            </td>
            <td class="hours-now">
              <OpenNow hours={one} />
            </td>
            <td class="wide-only text-muted">{one.zone}</td>
            <td class="number wide-only text-muted">{one.holidays.length}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
