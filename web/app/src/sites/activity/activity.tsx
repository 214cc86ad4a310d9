/** What a site has been doing: tokens, calls, waiting, and what failed last. */
import type { SiteActivity } from "@callingcard/kit/api.ts";
import { useSignal, type Signal } from "@preact/signals";

import { Ago } from "../../ui/ago.tsx";
import { usePolled } from "../../ui/poll.ts";
import { Failure, Skeleton } from "../../ui/states.tsx";
import { relative } from "../../ui/time.ts";
import { activityPath, readActivity } from "../sites.ts";
import { sentences } from "../words.ts";
import { Plot, type Series } from "./plot.tsx";
import { pointsOf, SPANS, type Point, type Span } from "./series.ts";

/** Show the site *name* over time; *platform* is who is called. */
export function Activity({ name, platform }: { name: string; platform: string }) {
  const span = useSignal<Span>(SPANS[0]);
  const { value, problem, again } = usePolled(activityPath(name, span.value.minutes), readActivity);
  return (
    <section class="site-section" aria-labelledby="activity">
      <div class="site-section-head">
        <h2 class="site-section-title" id="activity">
          Activity
        </h2>
        <SpanChoice span={span} />
      </div>
      {problem && !value && <Failure problem={problem} retry={again} />}
      {!problem && !value && <div class="plots-waiting"><Skeleton rows={3} shape="row" /></div>}
      {value && <Plots activity={value} span={span.value} platform={platform} />}
      {value && <Failures failures={value.failures} />}
    </section>
  );
}

function SpanChoice({ span }: { span: Signal<Span> }) {
  return (
    <fieldset class="segments span-choice">
      <legend>Time shown</legend>
      {SPANS.map((one) => (
        <label key={one.minutes}>
          <input
            type="radio"
            name="span"
            checked={span.value === one}
            onChange={() => {
              span.value = one;
            }}
          />
          <span>{one.name}</span>
        </label>
      ))}
    </fieldset>
  );
}

function Plots({ activity, span, platform }: { activity: SiteActivity; span: Span; platform: string }) {
  const points = pointsOf(activity.buckets, span, Date.parse(activity.since) + span.minutes * 60_000);
  const perMinute = (key: "issued" | "hits" | "calls" | "errors", name: string, tone: Series["tone"]): Series => ({
    name,
    tone,
    of: (point: Point) => point[key] / span.step,
  });
  const sum = (key: "issued" | "hits" | "calls" | "errors"): string =>
    points.reduce((total, point) => total + point[key], 0).toLocaleString();
  const slowest = Math.max(0, ...points.map((point) => point.p95 ?? 0));
  return (
    <div class="plots">
      <Plot
        title="Tokens"
        unit="per min"
        shape="line"
        series={[perMinute("issued", "Issued", "accent"), perMinute("hits", "From the cache", "ink")]}
        points={points}
        span={span}
        total={`${sum("issued")} issued, ${sum("hits")} of them from the cache.`}
      />
      <Plot
        title={`Calls to ${platform}`}
        unit="per min"
        shape="bar"
        series={[perMinute("calls", "Calls", "ink"), perMinute("errors", "Failed", "danger")]}
        points={points}
        span={span}
        total={`${sum("calls")} calls, ${sum("errors")} failed.`}
      />
      <Plot
        title="How long a call takes"
        unit="ms"
        shape="line"
        series={[
          { name: "p50", tone: "accent", of: (point) => point.p50 },
          { name: "p95", tone: "ink", of: (point) => point.p95 },
        ]}
        points={points}
        span={span}
        total={slowest === 0 ? "No calls." : `95 of 100 calls took at most ${Math.ceil(slowest).toLocaleString()} ms.`}
      />
    </div>
  );
}

function Failures({ failures }: { failures: SiteActivity["failures"] }) {
  return (
    <section class="failures">
      <h3 class="plot-title">Last failures</h3>
      {failures.length === 0 ? (
        <p class="text-muted">None since the server started.</p>
      ) : (
        <ul class="failure-list">
          {failures.map((failure) => (
            <li class="failure" key={failure.code + failure.message}>
              <p class="failure-head">
                <strong>{sentences(failure.message)}</strong>
                <span class="failure-when">
                  {failure.count > 1 && `${failure.count.toLocaleString()} times, last `}
                  <Ago at={failure.at} words={relative} />
                </span>
              </p>
              {failure.remedy && <p>{sentences(failure.remedy)}</p>}
              <p class="state-code text-muted">
                Code <code>{failure.code}</code>
              </p>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
