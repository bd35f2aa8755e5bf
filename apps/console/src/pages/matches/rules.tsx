import type { LineEntryBody, MatchRulesBody } from "@shoal/bot-service/bodies";
import { formatCount, formatDuration, NOTHING } from "../../format.ts";
import { Facts, Section } from "../../parts/facts.tsx";
import { Loaded } from "../../parts/states.tsx";
import { Text } from "../../parts/text.tsx";
import { useResource } from "../../use-resource.ts";

/** How often the rules, and who waits under them, are read again. */
const READ_EVERY_MS = 5_000;

/** What each rule does to one person. */
export function RuleFigures({ rules }: { readonly rules: NonNullable<LineEntryBody["why"]["rules"]> }) {
  const counting = rules.filter(({ excludes }) => excludes > 0);
  return (
    <ul class="plain-list">
      {counting.map(({ rule, excludes, only_this, nearest, widens_in_ms }) => (
        <li key={rule} class="hint">
          <Text>{rule}</Text>: excludes {formatCount(excludes)}, alone {formatCount(only_this)}
          {nearest && `; nearest ${formatCount(nearest.distance)} away, ${formatCount(nearest.needed)} too far`}
          {widens_in_ms !== null && `; fits in ${formatDuration(widens_in_ms)}`}
        </li>
      ))}
    </ul>
  );
}

/** The rules of the fleet file, and who waits under them. */
export function Rules() {
  const rules = useResource<MatchRulesBody>("/api/match/rules", {}, READ_EVERY_MS);
  return (
    <Section title="Rules">
      <Loaded of={rules}>
        {({ equal, near, avoid, sla_ms, bot_due_ms, buckets, blocks_last_day, reports_last_day }) => (
          <>
            <Facts
              facts={[
                ["Must be equal", equal.length > 0 ? <Text>{equal.join(", ")}</Text> : NOTHING],
                ["Must be near", <Windows key="near" near={near} />],
                ["Blocks", avoid === "blocks" ? "keep people apart" : "are not looked at"],
                ["Blocks, reports in a day", `${formatCount(blocks_last_day)}, ${formatCount(reports_last_day)}`],
                ["A bot comes after", formatDuration(bot_due_ms)],
                ["Nobody should wait longer than", sla_ms === null ? NOTHING : formatDuration(sla_ms)],
              ]}
            />
            {equal.length > 0 && buckets.length > 0 && <Buckets buckets={buckets} />}
          </>
        )}
      </Loaded>
    </Section>
  );
}

function Windows({ near }: Pick<MatchRulesBody, "near">) {
  const windows = Object.entries(near).map(
    ([name, { within, widen_per_second, max }]) => `${name}: ${within}, by ${widen_per_second} each second to ${max}`,
  );
  return windows.length > 0 ? <Text>{windows.join("; ")}</Text> : NOTHING;
}

function Buckets({ buckets }: Pick<MatchRulesBody, "buckets">) {
  return (
    <ul class="plain-list">
      {buckets.map(({ bucket, waiting, longest_wait_ms, missed }) => (
        <li key={bucket}>
          <Text>{bucket}</Text>: {formatCount(waiting)} in line, the longest for {formatDuration(longest_wait_ms)}
          {missed > 0 && `, ${formatCount(missed)} too long`}
        </li>
      ))}
    </ul>
  );
}
