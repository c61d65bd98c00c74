import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import type { ScratchProject } from '../support/scratch-project.ts'
import type { TestedHistory } from './describe-history.ts'
import { migrate } from './drizzle-history.ts'

/** The schema file of the first version. */
const first = `import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'

export const author = sqliteTable('author', {
  id: integer('id').primaryKey({ autoIncrement: true }),
  name: text('name').notNull(),
  nick: text('nick'),
})

export const note = sqliteTable('note', {
  id: integer('id').primaryKey(),
  authorId: integer('author_id').notNull().references(() => author.id, { onDelete: 'cascade' }),
  title: text('title').notNull(),
  body: text('body'),
}, (table) => [index('note_author').on(table.authorId)])
`

const labels = `
export const label = sqliteTable('label', {
  id: integer('id').primaryKey(),
  name: text('name').notNull(),
  color: text('color').notNull(),
})

export const noteLabel = sqliteTable('note_label', {
  noteId: integer('note_id').notNull().references(() => note.id, { onDelete: 'cascade' }),
  labelId: integer('label_id').notNull().references(() => label.id, { onDelete: 'cascade' }),
}, (table) => [primaryKey({ columns: [table.noteId, table.labelId] })])
`

const attachments = `
export const attachment = sqliteTable('attachment', {
  id: integer('id').primaryKey(),
  noteId: integer('note_id').references(() => note.id, { onDelete: 'set null' }),
  path: text('path').notNull(),
})
`

/** What a version changes: the schema file, or rows and names by a file of its own. */
type Step = { readonly name: string } & (
  | { readonly replace: string; readonly by: string }
  | { readonly add: string }
  | { readonly sql: string; readonly renames?: readonly [from: string, to: string] }
)

const steps: readonly Step[] = [
  { name: 'labels', add: labels },
  // A rebuild of the parent of the notes.
  {
    name: 'names',
    replace: "text('name').notNull(),\n  nick",
    by: "text('name').notNull().default('?'),\n  nick",
  },
  {
    name: 'ratings',
    replace: "  body: text('body'),",
    by: "  body: text('body'),\n  rating: integer('rating'),",
  },
  { name: 'rated', sql: 'UPDATE note SET rating = 0 WHERE rating IS NULL;' },
  // A rebuild of the parent of what the notes are labelled with.
  { name: 'always_rated', replace: "integer('rating')", by: "integer('rating').notNull().default(0)" },
  {
    name: 'one_label',
    replace: "  color: text('color').notNull(),\n})",
    by: "  color: text('color').notNull(),\n}, (table) => [index('label_name').on(table.name)])",
  },
  {
    name: 'headlines',
    sql: 'ALTER TABLE `note` RENAME COLUMN `title` TO `headline`;',
    renames: ['title', 'headline'],
  },
  { name: 'attachments', add: attachments },
  // A rebuild of the other parent.
  { name: 'colors', replace: "text('color').notNull()", by: "text('color').notNull().default('grey')" },
  { name: 'no_nicks', replace: "  nick: text('nick'),\n", by: '' },
  {
    name: 'paths',
    add: "\nexport const place = sqliteTable('place', { id: integer('id').primaryKey(), path: text('path') })\n",
  },
]

/** Lets drizzle-kit make a migration of each version of the schema file. */
function generate(project: ScratchProject): void {
  const run = (name: string, ...more: readonly string[]) => {
    const options = [
      '--dialect',
      'sqlite',
      '--schema',
      './schema.js',
      '--out',
      'drizzle',
      '--name',
      name,
      ...more,
    ]
    const program = join('node_modules', 'drizzle-kit', 'bin.cjs')
    execFileSync(process.execPath, [program, 'generate', ...options], { cwd: project.folder, stdio: 'pipe' })
  }
  project.write('schema.js', first)
  run('start')
  for (const [index, step] of steps.entries()) {
    const number = `${index + 1}`.padStart(4, '0')
    if ('sql' in step) {
      run(step.name, '--custom')
      project.write(`drizzle/${number}_${step.name}.sql`, `${step.sql}\n`)
      if (step.renames === undefined) continue
      const [from, to] = step.renames
      // drizzle-kit asks a person whether a column is renamed; who writes the statement notes the name as well.
      const snapshot = `drizzle/meta/${number}_snapshot.json`
      project.write(snapshot, project.read(snapshot).replaceAll(`"${from}"`, `"${to}"`))
      project.write('schema.js', project.read('schema.js').replaceAll(from, to))
      continue
    }
    if ('add' in step) project.write('schema.js', project.read('schema.js') + step.add)
    else project.replace('schema.js', step.replace, step.by)
    run(step.name)
  }
}

export const notesOfDrizzle: TestedHistory = {
  title: 'drizzle-kit: twelve versions that it generates, with rebuilds of three parents',
  tools: ['drizzle-orm'],
  needs: ['drizzle-kit'],
  bring: generate,
  files: {
    'migrate.mjs': migrate,
    'migration-proof.config.mjs': `import { defineConfig } from 'migration-proof'
import { drizzle } from 'migration-proof/drizzle'

export default defineConfig({
  name: 'notes',
  ...drizzle('drizzle'),
  declare: {
    '0004_rated': { dataChanges: [{ table: 'note', columns: { rating: 'coalesce(rating, 0)' }, reason: 'rated' }] },
    '0007_headlines': {
      dataChanges: [{ table: 'note', renamedColumns: { title: 'headline' }, reason: 'the word of the application' }],
    },
    '0010_no_nicks': { dataChanges: [{ table: 'author', columns: ['nick'], reason: 'names are enough' }] },
  },
  fixtures: 'fixtures',
})
`,
  },
  madeAt: 4,
  // drizzle-orm has foreign keys on in its transaction, so that each rebuild deletes what refers to the table; and one of a table with
  // AUTOINCREMENT gives ids of rows that were deleted again.
  problems: [
    'v10 rows table note_label',
    'v3 rows table author',
    'v3 rows table note',
    'v3 rows table note_label',
    'v6 rows table note_label',
  ],
}
