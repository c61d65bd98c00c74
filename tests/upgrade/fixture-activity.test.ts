// Goal: the log of events that the snapshots hold tells one story with their records: every event is what its row
// says, records were kept or refused as the lexicons demand, and the last success of a record decides what is there.
import { isValidTid } from '@atproto/syntax'
import { describe, expect, it } from 'vitest'
import { lexiconsOf } from '../support/fixture-rows/atproto.ts'
import { contradictionsOf, eventsOf, keptByLog } from '../support/fixture-rows/events.ts'
import { openFixture, writtenOut } from '../support/fixture-rows/open.ts'

const holders = writtenOut
  .map(({ name }) => ({ name, db: openFixture(name) }))
  .filter(({ db }) => db.tables.includes('jetstream_activity'))

it('is kept by more than one snapshot', () => {
  expect(holders.length).toBeGreaterThan(1)
})

describe.for(holders)('the activity of $name', ({ db }) => {
  it('agrees with its events, their records and the lexicons', () => {
    const events = eventsOf(db)
    const lexicons = lexiconsOf(db)
    expect(events.flatMap((event) => contradictionsOf(event, lexicons))).toEqual([])
    expect(events.map(({ rev }) => rev).filter((rev) => !isValidTid(rev))).toEqual([])
  })

  it('tells what is kept: the last success of a record decides', () => {
    const kept = keptByLog(eventsOf(db))
    const actual = [...kept.keys()].map((uri) => [
      uri,
      db.list(`SELECT cid FROM record WHERE uri = '${uri}'`)[0] ?? null,
    ])
    expect(actual).toEqual([...kept])
    expect([...kept.values()]).toContain(null)
  })

  it('moves forward in time', () => {
    const times = db.list('SELECT timestamp FROM jetstream_activity ORDER BY id')
    expect(times).toEqual([...times].sort())
  })
})
