/** The greeting of a chatflow, and for whom it is. */
import { ConditionField } from "../../conditions/builder.tsx";
import { ChoiceField, SelectField, TextField } from "../../sites/form/fields.tsx";
import type { Flow } from "../document.ts";
import type { Editing } from "./editing.ts";
import { SpokenField } from "./spoken.tsx";

const IDENTIFICATION = [
  ["optional", { name: "Everybody", help: "Whoever proved who they are is known by what your CRM has on them; nobody else is." }],
  ["required", { name: "Only who proved who they are", help: "By a token of your site, or a code sent to their address." }],
] as const;

/** The fields that are about the whole chatflow. */
export function FlowFields({ editing }: { editing: Editing }) {
  const { flow, reasons, change, offers } = editing;
  return (
    <>
      <SpokenField
        label="Greeting"
        help="The first thing that visitors read. Without one, the first step begins."
        value={flow.welcome ?? ""}
        properties={offers.properties}
        reason={reasons["welcome"] ?? ""}
        onChange={(text) => {
          change({ welcome: text === "" ? undefined : text });
        }}
      />
      <ConditionField
        legend="Which visitors get it"
        none="Every visitor."
        value={flow.target ?? null}
        path="target"
        properties={offers.properties}
        reasons={reasons}
        onChange={(target) => {
          change({ target: target ?? undefined });
        }}
      />
      <Whereabouts editing={editing} />
    </>
  );
}

function Whereabouts({ editing }: { editing: Editing }) {
  const { flow, reasons, change, offers } = editing;
  const isWrong = ["inbox", "identification", "priority", "hours"].some((name) => reasons[name]);
  return (
    <details class="more-fields" open={isWrong || undefined}>
      <summary>Inbox, priority and office hours</summary>
      <div class="form-group">
        <ChoiceField<NonNullable<Flow["identification"]>>
          legend="Who it talks to"
          value={flow.identification ?? "optional"}
          options={IDENTIFICATION}
          reason={reasons["identification"] ?? ""}
          onChange={(identification) => {
            change({ identification });
          }}
        />
        <div class="field-pair">
          <SelectField
            label="Inbox"
            help="Where it talks."
            value={flow.inbox ?? "web"}
            options={offers.inboxes}
            reason={reasons["inbox"] ?? ""}
            onChange={(inbox) => {
              change({ inbox });
            }}
          />
          <TextField
            label="Priority"
            help="Of several that fit, the highest number talks."
            value={String(flow.priority ?? 0)}
            reason={reasons["priority"] ?? ""}
            onChange={(text) => {
              change({ priority: wholeNumber(text) });
            }}
          />
        </div>
        <SelectField
          label="Office hours"
          help="What “the office is open” means in this chatflow."
          value={flow.hours ?? ""}
          options={[["", "Those of the team that routing falls back to"], ...offers.hours.map((one) => [one, one] as const)]}
          reason={reasons["hours"] ?? ""}
          onChange={(hours) => {
            change({ hours: hours === "" ? undefined : hours });
          }}
        />
      </div>
    </details>
  );
}

/** The whole number that *text* says; what is none is sent as it is, and refused with the reason. */
function wholeNumber(text: string): number {
  return (/^-?\d+$/.test(text.trim()) ? Number(text) : text) as number;
}
