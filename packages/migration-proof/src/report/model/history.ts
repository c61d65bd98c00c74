import { z } from 'zod'
import { count, place, record, version } from './common.ts'

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
