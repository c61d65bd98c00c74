import { z } from 'zod'
import { subjectTypes } from '../../problem.ts'

/** An object that holds these fields and no others. */
export const record = z.strictObject

export const outcome = z.enum(['passed', 'failed'])
export const count = z.int().min(0)
export const version = z.int().min(0)
export const milliseconds = z.number().min(0).describe('a duration in milliseconds')

/** What every part that was run says of itself. */
export const run = {
  outcome,
  durationMilliseconds: milliseconds,
  limitedTo: z
    .string()
    .min(1)
    .nullable()
    .describe('what alone was tried, as "the mutants of version 7"; null where all was'),
}

/** The one shape of a problem: `Problem` of `problem.ts`. */
const problem = record({
  code: z.string().describe('short and stable: a check, the code of a finding, a rule of the gate'),
  severity: z.enum(['error', 'warning', 'note']),
  status: z
    .enum(['new', 'existing', 'accepted'])
    .describe('`new` fails the run; the base has an `existing` one too; a waiver accepts it'),
  acceptedBecause: z.string().nullable().describe('the reason in the waiver; null where it is not accepted'),
  subject: record({
    type: z.enum(subjectTypes),
    name: z.string().describe('`note`, `note.text` of a column'),
    aspect: z.string().optional().describe('what of it'),
    table: z.string().optional().describe('the table that it belongs to'),
  }),
  expected: z.string(),
  actual: z.string(),
  why: z.string().describe('why it matters'),
  fix: z.string().describe('the command or the action that fixes it'),
  version: version.nullable().describe('the version whose migration caused it, where that is known'),
  seenIn: z.array(z.string()).describe('snapshots or paths'),
  alsoFoundBy: z.array(z.string()).describe('the codes under which else the same fault was found'),
  location: record({
    file: z.string().describe('a path from the folder of the project, with slashes'),
    line: z.int().min(1).nullable().describe('counted from 1'),
  }).nullable(),
  source: z.string().nullable().describe('the URL of a page that explains it'),
  evidence: z.array(record({ ran: z.string(), happened: z.string() })),
  undeclared: record({
    table: z.string().describe('its name when the migration begins'),
    columns: z.array(z.string()).nullable().describe('whose values change, or that go'),
    renamedTo: z.string().nullable(),
    renamedColumns: z.record(z.string(), z.string()).nullable().describe('new names by the old ones'),
    hasRemoved: z.boolean().describe('whether rows go'),
    hasAdded: z.boolean().describe('whether rows are added'),
    reusesIds: z.boolean().describe('whether AUTOINCREMENT gives out ids of deleted rows again'),
  })
    .nullable()
    .describe('what the migration would declare, were the change of rows made on purpose'),
})

export const problems = z.array(problem)

const place = {
  file: z.string().nullable().describe('a path from the folder of the project, with slashes'),
  line: z.int().min(1).nullable().describe('counted from 1'),
}

const column = record({
  name: z.string(),
  type: z.string(),
  notNull: z.boolean(),
  default: z.string().nullable(),
  keyPosition: count.describe('position in the primary key, counted from 1; 0 outside of it'),
})

const index = record({
  name: z.string(),
  columns: z.array(z.string()).describe('names or expressions, a descending one with ` DESC`'),
  unique: z.boolean(),
  where: z.string().nullable(),
  origin: z.enum(['CREATE INDEX', 'UNIQUE', 'PRIMARY KEY']),
})

const foreignKey = record({
  columns: z.array(z.string()),
  parent: z.string(),
  parentColumns: z.array(z.string()),
  onDelete: z.string(),
  onUpdate: z.string(),
})

const table = record({
  name: z.string(),
  columns: z.array(column),
  indexes: z.array(index),
  foreignKeys: z.array(foreignKey),
  checks: z.array(z.string()),
  strict: z.boolean(),
  withoutRowid: z.boolean(),
})

const difference = record({
  type: z.enum(['table', 'index', 'trigger', 'view']),
  name: z.string(),
  table: z.string(),
  aspect: z.string().describe('what of the object; `existence` for the whole of it'),
  kind: z.enum(['added', 'removed', 'changed']),
  before: z.string(),
  after: z.string(),
})

const statement = record({ sql: z.string(), ...place })

const versionOfHistory = record({
  version,
  name: z.string().describe('what the migration is about'),
  tables: z.array(table).describe('all tables of this version'),
  views: z.array(z.string()),
  triggers: z.array(record({ name: z.string(), table: z.string() })),
  differences: z.array(difference).describe('to the version before'),
  statements: z.array(statement).describe('those of the migration, in order'),
  dataChanges: z
    .array(record({ table: z.string(), change: z.string().describe('in words'), reason: z.string() }))
    .describe('what the migration declares that it changes of old rows'),
})

const edge = record({
  child: z.string(),
  columns: z.array(z.string()),
  parent: z.string(),
  parentColumns: z.array(z.string()),
  onDelete: z.string(),
  onUpdate: z.string(),
  index: z
    .string()
    .nullable()
    .describe('the index by which the children are found; null where all rows are read'),
})

const expiry = record({
  table: z.string(),
  column: z.string(),
  index: z.string(),
  exists: z.boolean().describe('whether the table has that index, with the column first'),
  nullNeverExpires: z.boolean(),
})

export const history = record({
  versions: z.array(versionOfHistory).min(1).describe('from version 0, an empty database, to the latest'),
  edges: z.array(edge).describe('the foreign keys of the latest version'),
  expiries: z.array(expiry).describe('columns by which expired rows are purged'),
}).describe('the schema through the versions')
