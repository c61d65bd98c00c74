import { betterSqliteConnection, openMemory } from '../../engines/better-sqlite3.ts'
import { buildVersion } from '../../migrator/expected-schema.ts'
import { latestVersionOf } from '../../migrator/plan.ts'
import { partsOf, startOfNew } from '../../migrator/tool-change.ts'
import type { Suite } from '../../proof/suite.ts'
import { goldensOf } from '../../snapshots/declaration.ts'
import { goldenPath, readText } from '../../snapshots/paths.ts'
import type { Connection } from '../../sql/connection.ts'
import { quoteName } from '../../sql/names.ts'
import { countUnlike, type Outline, readOutline } from './model.ts'

/** A schema that a file of some version should have. */
export interface Reference {
  /** Where it comes from: `golden schema v3`. */
  readonly source: string
  /** The form of the version, as the suite's snapshots name it. */
  readonly form: string
  readonly outline: Outline
  /** Builds it in an empty database, which the caller closes. */
  open(): Connection
}

/** Every form in which the suite knows a version. An empty database is none of them. */
export function findReferences(suite: Suite, version: number): Reference[] {
  const goldens = goldensOf(suite).filter((golden) => golden.version === version)
  const hasFresh = goldens.some(({ isFresh = false }) => isFresh)
  const oldNotes = hasFresh ? [] : notesThatNewFilesLack(suite, version)
  return goldens.flatMap(({ name, versioned, isFresh = false }) => {
    const form = suite.snapshots.find((snapshot) => snapshot.name === name)?.form ?? 'versioned'
    const ddl = readText(goldenPath(suite.fixtures, name))
    if (ddl === null) {
      if (!versioned) return []
      const build = migrateTo(suite, version, isFresh)
      const source = version === 0 ? 'the base' : `what the migrations build up to v${version}`
      return [makeReference(source, form, build)]
    }
    const isBase = version === 0 && versioned ? ', the base' : ''
    const golden = makeReference(`golden schema ${name}${isBase}`, form, (memory) => memory.exec(ddl))
    if (oldNotes.length === 0 || form !== 'versioned') return [golden]
    const source = `golden schema ${name} without ${oldNotes.join(' and ')}, which the tool before keeps`
    const drops = oldNotes.map((table) => `DROP TABLE IF EXISTS ${quoteName(table)};`).join('')
    return [golden, makeReference(source, 'fresh', (memory) => memory.exec(`${ddl}\n;${drops}`))]
  })
}

/** The tables of the tool before, which a file has not that the tool of now has made. */
function notesThatNewFilesLack({ plan }: Suite, version: number): readonly string[] {
  const parts = partsOf(plan)
  if (parts === null || version <= latestVersionOf(parts.before)) return []
  return startOfNew(plan, version) === 0 ? [] : parts.before.versions.tables
}

/**
 * The form of a file of some version. One without a version in it is named only where all tables of that form are
 * there: `unknown` else.
 */
export function nameForm(suite: Suite, version: number, outline: Outline): string {
  if (version === 0 && outline.size === 0) return 'empty'
  const nearest = findNearest(findReferences(suite, version), outline)
  return nearest === undefined ? 'unknown' : formOf(nearest, version, outline)
}

export function formOf(reference: Reference, version: number, outline: Outline): string {
  const tables = [...reference.outline.keys()].filter((object) => object.startsWith('table '))
  return version > 0 || tables.every((table) => outline.has(table)) ? reference.form : 'unknown'
}

/** The reference that a schema is most like. */
export function findNearest(references: readonly Reference[], outline: Outline): Reference | undefined {
  const distance = (reference: Reference) =>
    countUnlike(reference.outline, outline) + countUnlike(outline, reference.outline)
  return [...references].sort((left, right) => distance(left) - distance(right))[0]
}

function migrateTo({ plan }: Suite, version: number, isFresh: boolean) {
  const fresh = isFresh ? partsOf(plan)?.fresh : undefined
  return (memory: Connection) =>
    fresh === undefined
      ? buildVersion(memory, plan, version)
      : buildVersion(memory, fresh.plan, fresh.fromWhole(version))
}

function makeReference(source: string, form: string, build: (memory: Connection) => void): Reference {
  const open = () => {
    const memory = betterSqliteConnection(openMemory())
    build(memory)
    return memory
  }
  const memory = open()
  try {
    return { source, form, outline: readOutline(memory), open }
  } finally {
    memory.close()
  }
}
