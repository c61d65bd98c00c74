import type { Content, Observation } from './observe.ts'
import type { Violation } from './violations.ts'

export const latestVersion = 5

/** The versions that a migration may lead to. */
export function versionsAfter(version: number): number[] {
  return [1, 2, 3, 4, latestVersion].filter((later) => later > version)
}

/** What a file must hold: what it held, at one of some versions, and rows that were committed meanwhile. */
export interface Expected {
  readonly base: Content
  readonly versions: readonly number[]
  /** Rows whose commit was acknowledged since. */
  readonly acknowledged?: ReadonlySet<string>
  /** Rows that may have been committed, the acknowledged ones included. */
  readonly attempted?: ReadonlySet<string>
}

/** What a database of each version looks like, by the name of its golden schema. */
export type Schemas = ReadonlyMap<string, readonly string[]>

/** Where a file is not what it must be; nothing where it is. */
export function compare(
  what: string,
  observation: Observation,
  expected: Expected,
  schemas: Schemas,
): Violation[] {
  if (observation.state === 'missing') return [{ kind: 'missing-file', text: `${what} is gone` }]
  if (observation.state === 'unreadable')
    return [{ kind: 'damaged', text: `${what}: ${observation.reason.split('\n').slice(0, 3).join('; ')}` }]
  const { content } = observation
  return [
    ...compareVersions(what, content, expected, schemas),
    ...compareRows(what, content, expected),
    ...compareMarks(what, content, expected),
  ]
}

function compareVersions(
  what: string,
  content: Content,
  { base, versions }: Expected,
  schemas: Schemas,
): Violation[] {
  const { version, versionRows } = content
  if (!versions.includes(version)) {
    return [{ kind: 'half-version', text: `${what}: version ${version}, expected ${versions.join(' or ')}` }]
  }
  // What no version has, a person added.
  const released = new Set([...schemas.values()].flat())
  const own = base.schema.filter((line) => !released.has(line))
  const expected = version === base.version ? base.schema : [...(schemas.get(`v${version}`) ?? []), ...own]
  const missing = expected.filter((line) => !content.schema.includes(line))
  const extra = content.schema.filter((line) => !expected.includes(line))
  const isNumbered = versionRows.every((row, index) => Number(JSON.parse(row)[0]) === index + 1)
  return [
    ...[...missing.map((line) => `no ${line}`), ...extra.map((line) => `has ${line}`)].map(
      (text): Violation => ({ kind: 'half-version', text: `${what}, version ${version}: ${text}` }),
    ),
    ...(isNumbered
      ? []
      : [{ kind: 'half-version', text: `${what}: versions ${versionRows.join(' ')}` } as const]),
    ...base.versionRows
      .filter((row) => !versionRows.includes(row))
      .map((row): Violation => ({ kind: 'lost-row', text: `${what}: version row ${row}` })),
  ]
}

function compareRows(what: string, content: Content, { base }: Expected): Violation[] {
  const changed = [...base.tables].filter(([name, rows]) => content.tables.get(name) !== rows)
  const added = [...content.tables].filter(
    ([name, rows]) => !base.tables.has(name) && !rows.startsWith('0 rows'),
  )
  return [
    ...changed.map(([name, rows]): Violation => {
      const text = `${what}, table ${name}: expected ${rows}, found ${content.tables.get(name) ?? 'no such table'}`
      return { kind: 'wrong-rows', text }
    }),
    ...added.map(
      ([name, rows]): Violation => ({ kind: 'wrong-rows', text: `${what}, new table ${name}: has ${rows}` }),
    ),
  ]
}

const none: ReadonlySet<string> = new Set()

function compareMarks(what: string, { marks }: Content, expected: Expected): Violation[] {
  const { base, acknowledged = none, attempted = acknowledged } = expected
  const lost = [...base.marks, ...acknowledged].filter((mark) => !marks.has(mark))
  const foreign = [...marks].filter((mark) => !base.marks.has(mark) && !attempted.has(mark))
  return [
    ...(lost.length === 0
      ? []
      : [{ kind: 'lost-row', text: `${what}: committed rows ${lost.join(', ')} are gone` } as const]),
    ...(foreign.length === 0
      ? []
      : [
          {
            kind: 'wrong-rows',
            text: `${what}: has rows ${foreign.join(', ')}, which are not of this file`,
          } as const,
        ]),
  ]
}
