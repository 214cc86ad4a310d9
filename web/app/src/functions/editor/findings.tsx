/** What the check found, as a list that leads to the lines. */
import { CircleX, Info, TriangleAlert } from "lucide";
import type { IconNode } from "lucide";

import { Icon } from "../../ui/icon.tsx";
import type { Finding } from "../types.ts";

const FACES: Readonly<Record<Finding["severity"], { icon: IconNode; level: string; word: string }>> = {
  error: { icon: CircleX, level: "fail", word: "Error" },
  warning: { icon: TriangleAlert, level: "warn", word: "Warning" },
  info: { icon: Info, level: "info", word: "Note" },
};

/** Show *findings*; the ones in the line *at* are read out, since the reader just went there. */
export function Findings(props: {
  findings: readonly Finding[];
  at: number;
  goTo: (line: number, column?: number) => void;
}) {
  const { findings, at, goTo } = props;
  const here = findings.filter((finding) => finding.line === at);
  return (
    <>
      <p class="sr-only" role="status">
        {here.map((finding) => `Line ${finding.line}: ${finding.message}`).join(" ")}
      </p>
      {findings.length > 0 && (
        <ul class="findings editor-findings" aria-label="Findings">
          {findings.map((finding) => (
            <li
              class="finding"
              data-level={FACES[finding.severity].level}
              key={`${finding.line}:${finding.column}:${finding.code}:${finding.message}`}
            >
              <Icon node={FACES[finding.severity].icon} size={16} />
              <p>
                <button
                  type="button"
                  class="text-button"
                  onClick={() => {
                    goTo(finding.line, finding.column);
                  }}
                >
                  Line {finding.line}
                </button>{" "}
                <strong class="sr-only">{FACES[finding.severity].word}: </strong>
                {finding.message} <code class="text-muted">{finding.code}</code>
              </p>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
