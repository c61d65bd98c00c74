import type { LexiconDoc } from '@atproto/lexicon'
import { cidOfJson, complaintOf, parseObject } from './atproto.ts'
import { type FixtureDatabase, textOf, type Value } from './open.ts'

/** One row of the activity log, and the commit inside it. */
export interface LoggedEvent {
  readonly row: Readonly<Record<string, Value>>
  readonly did: unknown
  readonly timeMicros: unknown
  readonly rev: string
  readonly rkey: string
  readonly operation: unknown
  readonly collection: unknown
  /** The record's JSON, which the log keeps as text in the text. */
  readonly record: string | null
  readonly cid: unknown
}

export const eventsOf = (db: FixtureDatabase): LoggedEvent[] =>
  db.rows('SELECT * FROM jetstream_activity ORDER BY id').map((row) => {
    const event = parseObject(textOf(row.event_json))
    const commit = parseObject(JSON.stringify(event.commit))
    return {
      row,
      did: event.did,
      timeMicros: event.time_us,
      rev: String(commit.rev),
      rkey: String(commit.rkey),
      operation: commit.operation,
      collection: commit.collection,
      record: typeof commit.record === 'string' ? commit.record : null,
      cid: commit.cid,
    }
  })

const uriOf = (event: LoggedEvent): string => `at://${event.did}/${event.collection}/${event.rkey}`

/** What in an event contradicts its row, its record or the lexicons; nothing where all agrees. */
export function contradictionsOf(event: LoggedEvent, lexicons: readonly LexiconDoc[]): string[] {
  const { row, record } = event
  const facts: Record<string, boolean> = {
    'the DID is the row’s': event.did === row.did,
    'the operation is the row’s': event.operation === row.operation,
    'the collection is the row’s': event.collection === row.collection,
    'the timestamp is the row’s': new Date(Number(event.timeMicros) / 1000).toISOString() === row.timestamp,
    'the CID is the record’s': event.cid === (record === null ? null : cidOfJson(record)),
    'a delete holds no record': event.operation !== 'delete' || record === null,
    'a success has its record': row.status !== 'success' || event.operation === 'delete' || record !== null,
  }
  if (record !== null) {
    const isValid = complaintOf(lexicons, String(event.collection), record) === null
    facts['the status agrees with the lexicon'] = isValid === (row.status !== 'validation_error')
  }
  return Object.keys(facts)
    .filter((fact) => !facts[fact])
    .map((fact) => `${row.id}: not so: ${fact}`)
}

/** By URI, the CID that the log says is kept; null where the last event deleted the record. */
export function keptByLog(events: readonly LoggedEvent[]): Map<string, unknown> {
  const successes = events.filter(({ row }) => row.status === 'success')
  return new Map(successes.map((event) => [uriOf(event), event.operation === 'delete' ? null : event.cid]))
}
