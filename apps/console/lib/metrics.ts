/**
 * Prometheus text, from what the ledger knows: counters in a process would lie as soon as there are two of them.
 */
import type { GateStatus } from 'tidegate';
import { select } from './database.ts';
import { listGates } from './queries.ts';

interface Family {
  readonly name: string;
  readonly type: 'gauge' | 'counter';
  readonly help: string;
  readonly samples: readonly string[];
}

interface Totals {
  readonly gate: string;
  readonly outcome: string;
  readonly count: string;
}

const states = ['open', 'shut', 'probing', 'paused'] as const;

/** Every gate's state, backlog and counts. */
export async function metrics(): Promise<string> {
  const [gates, totals] = await Promise.all([listGates(), selectTotals()]);
  const families = [...gauges(gates), ...counters(totals)];
  return families
    .map(({ name, type, help, samples }) => {
      return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${samples.map((sample) => `${sample}\n`).join('')}`;
    })
    .join('');
}

function gauges(gates: readonly GateStatus[]): Family[] {
  const gauge = (name: string, help: string, value: (gate: GateStatus) => number): Family => ({
    name: `tidegate_${name}`,
    type: 'gauge',
    help,
    samples: gates.map((gate) => `tidegate_${name}{gate="${label(gate.gate)}"} ${value(gate)}`),
  });
  return [
    {
      name: 'tidegate_gate_state',
      type: 'gauge',
      help: 'The state a gate is in has 1, the others 0.',
      samples: gates.flatMap((gate) =>
        states.map((state) => {
          const labels = `gate="${label(gate.gate)}",state="${state}"`;
          return `tidegate_gate_state{${labels}} ${gate.state === state ? 1 : 0}`;
        }),
      ),
    },
    gauge('cap', 'Attempts that may be in flight at once.', ({ cap }) => cap),
    gauge('leased', 'Attempts in flight.', ({ leased }) => leased),
    gauge('waiting', 'Items that wait for another attempt.', ({ waiting }) => waiting),
    gauge('parked', 'Items that wait for a person.', ({ parked }) => parked),
    gauge('backlog', 'Rows that want work, as far as was looked.', ({ backlog }) => backlog.count),
    gauge('backlog_oldest_seconds', 'Age of the oldest row that wants work.', ({ backlog: { oldestAt } }) =>
      oldestAt === null ? 0 : Math.max(0, Math.round((Date.now() - Date.parse(oldestAt)) / 1000)),
    ),
    gauge('overdue', '1 when no tick came although one was due.', ({ overdue }) => (overdue ? 1 : 0)),
    gauge('spent_today_dollars', 'Spent at the provider today.', ({ spentTodayMicros }) => spentTodayMicros / 1e6),
  ];
}

function counters(totals: readonly Totals[]): Family[] {
  const samples = totals.map(
    ({ gate, outcome, count }) => `tidegate_attempts_total{gate="${label(gate)}",outcome="${label(outcome)}"} ${count}`,
  );
  return [{ name: 'tidegate_attempts_total', type: 'counter', help: 'Attempts by how they ended.', samples }];
}

async function selectTotals(): Promise<Totals[]> {
  return await select<Totals>(
    `select g.name as gate, t.outcome, sum(t.count)::text as count
     from tidegate.gates g
     join tidegate.hours h on h.gate = g.id
     cross join lateral (
       values ('succeeded', h.succeeded), ('failed', h.failed), ('deferred', h.deferred), ('lost', h.lost)
     ) as t (outcome, count)
     group by g.name, t.outcome
     order by g.name, t.outcome`,
  );
}

function label(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');
}
