// Faults to plant, each a plausible mistake in the engine's SQL: what the model must find to be worth its time. A fault
// whose place has changed does not fit any more, and its test says so.
import type { Mutation } from './world.ts';

/** A name that says what is wrong, and where it is planted. */
export type Mutants = Readonly<Record<string, readonly Mutation[]>>;

const into = (place: string, find: string, put: string): Mutation => ({ place, find, put });

/** What joins an outcome with its item by key alone, once the attempt's number is no longer asked for. */
const BY_KEY_ALONE = [
  into(
    'settle',
    "on o.key = m.key and o.attempt = m.attempt where o.outcome = 'done'",
    "on o.key = m.key where o.outcome = 'done'",
  ),
  into('settle', 'on o.key = m.key and o.attempt = m.attempt) o', 'on o.key = m.key) o'),
] as const;

export const MUTANTS: Mutants = {
  'a settle that asks for the key alone': [
    into(
      'settle',
      "and i.attempt = o.attempt and (i.state = 'leased' and i.run = p_run or",
      "and (i.state = 'leased' or",
    ),
    ...BY_KEY_ALONE,
  ],
  'successes that apply never wrote': [
    into('settle_done', 'cardinality(v_applied.standing) = 0 and v_applied.written @> v_keys', 'true'),
  ],
  'a late settle that counts although somebody has leased again': [
    into(
      'settle',
      "and i.attempt = o.attempt and (i.state = 'leased' and i.run = p_run or",
      "and i.attempt >= o.attempt and (i.state = 'leased' and i.run = p_run and i.attempt = o.attempt or",
    ),
    into('settle', "i.state in ('waiting', 'parked')", "i.state in ('leased', 'waiting', 'parked')"),
    into('settle', 't.key = i.key and t.attempt = i.attempt', 't.key = i.key and t.attempt = o.attempt'),
    ...BY_KEY_ALONE,
  ],
  'a lease that is given back although its loss was recorded': [
    into('settle', "o.outcome <> 'returned' and i.state in", 'i.state in'),
  ],
  'a burial that opens what is done': [
    into(
      'bury',
      "i.state = 'leased' and i.until is not null\n      and (",
      "i.state in ('leased', 'done')\n      and (i.state = 'done' or ",
    ),
    into(
      'bury',
      "      not (i.run = p_run and not p_late and i.until > p_now and i.until <= p_now + i.span_ms * interval '1 ms') as is_lost",
      "      coalesce(not (i.run = p_run and not p_late and i.until > p_now and i.until <= p_now + i.span_ms * interval '1 ms'), true) as is_lost",
    ),
    into('bury', 'e.attempt, e.run, case', 'e.attempt, coalesce(e.run, p_run), case'),
  ],
  'a cap that forgets what is leased already': [into('step', 'least(v_want, v_cap - v_live)', 'least(v_want, v_cap)')],
  'a lease that keeps the revision of the one before': [
    into('lease', 'revision = excluded.revision, reserved_micros', 'reserved_micros'),
  ],
  'a late step that leases': [into('step', 'and r.closed_at is null and r.step < p_step', 'and r.closed_at is null')],
  'a lost answer whose leases stay': [
    into('bury', "or i.run = p_run and not p_late and not (i.attempt || ' ' || i.key = any (p_named)))", ')'),
  ],
  'attempt numbers that start again after trimming': [
    into('trim', 'greatest(attempt_floor, coalesce(v_floor, 0))', 'attempt_floor'),
  ],
  'a reservation that does not come back with its lease': [
    into('step', 'greatest(0, v_gate.spent_micros - v_refunded)', 'v_gate.spent_micros'),
  ],
  'no second look at the source': [into('settle', "when o.key = any (v_standing) then 'unwritten'\n", '')],
  'losses that are not counted': [into('bury', 'e.lost + e.is_lost::int, p_now', 'e.lost, p_now')],
  'a rate whose tokens are not taken': [into('step', 'v_gate.tokens - v_leased', 'v_gate.tokens')],
  'money that is not reserved': [into('step', 'v_gate.spent_micros + v_reserve * v_leased', 'v_gate.spent_micros')],
  'silence that counts while the gate was not awake': [
    into('bury', 'greatest(r.touched_at, p_awake_since)', 'r.touched_at'),
    into('step', 'greatest(v_gate.awake_since, (select', 'greatest(null, (select'),
  ],
  'a backoff that is not waited for': [into('lease', '(p_force or i.until <= v_now', '(true or i.until <= v_now')],
  'a parked record that runs again by itself': [
    into('lease', "or f.state = 'parked' and f.revision <> f.was", "or f.state = 'parked'"),
  ],
  'a pause that stops nobody': [into('step', 'elsif v_gate.paused_at is not null then', 'elsif false then')],
  'a shut gate that lets several probes through': [into('step', 'least(v_room, v_probing::int)', 'v_room')],
  'suspects that run side by side': [
    into('lease', 'f.lost = 1 and f.among <= greatest(1, a.cap / 2) - a.suspects', 'f.lost = 1'),
  ],
  'an outcome that is not known when it is sent again': [
    into('settle', "t.outcome <> 'lost'\n            limit 1) t on true", 'false\n            limit 1) t on true'),
  ],
  'a paid answer that is thrown away when apply fails': [
    into('settle', "when v.became in ('kept', 'apply_failed')", "when v.became = 'nothing of that kind'"),
  ],
  'attempts that are never used up': [into('settle', 'o.failures + 1 >= p_attempts_max', 'false')],
  'a run that closes and keeps its leases': [
    into(
      'store.ts',
      "where i.gate = $1 and i.state = 'leased' and i.until is not null and i.run = $2",
      'where false and i.gate = $1 and i.run = $2',
    ),
  ],
  'a clock that goes back and freezes what waits': [
    into('lease', " or i.until > v_now + i.span_ms * interval '1 ms') end", ') end'),
  ],
};
