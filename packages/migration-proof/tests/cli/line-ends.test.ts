// Goal: a checkout of git on Windows, which ends each line with CRLF, changes no fixture; and where a tool notes the bytes of a file of
// migrations, which then are others, the problem says so, and what keeps them.
import { afterAll, expect, it } from 'vitest'
import { makeLinkedProject } from '../support/linked-project.ts'

const journal = {
  version: '7',
  dialect: 'sqlite',
  entries: [
    { idx: 0, version: '6', when: 1_760_000_000_000, tag: '0000_note', breakpoints: true },
    { idx: 1, version: '6', when: 1_760_000_000_001, tag: '0001_tag', breakpoints: true },
  ],
}
const project = makeLinkedProject({
  'migration-proof.config.mjs': `import { defineConfig } from 'migration-proof'
import { drizzle } from 'migration-proof/drizzle'
export default defineConfig({ name: 'notes', ...drizzle('drizzle'), fixtures: 'fixtures' })
`,
  'drizzle/meta/_journal.json': JSON.stringify(journal),
  'drizzle/0000_note.sql': 'CREATE TABLE note (\n  id integer PRIMARY KEY,\n  text text\n);\n',
  'drizzle/0001_tag.sql':
    'CREATE TABLE tag (id integer PRIMARY KEY);\n--> statement-breakpoint\nCREATE INDEX by_text ON note (text);\n',
})
afterAll(() => project.destroy())
for (const options of [[], ['--accept-drafts']]) project.run(['freeze', ...options])

const fixtures = ['manifest.json', 'schemas/v1.sql', 'schemas/v2.sql', 'rows/v1.sql'].map(
  (file) => `fixtures/${file}`,
)

function checkOutOnWindows(files: readonly string[]) {
  const copy = project.copy()
  for (const file of files) {
    const text = copy.read(file)
    expect(text).not.toContain('\r')
    copy.write(file, text.replaceAll('\n', '\r\n'))
  }
  return copy
}

it('fixtures are what they were', () => {
  const copy = checkOutOnWindows(fixtures)
  expect(copy.run(['freeze', '--check'])).toMatchObject({ exitCode: 0 })
  expect(copy.run(['verify', '--no-cache'])).toMatchObject({ exitCode: 0 })
})

it('migrations whose bytes a tool notes are others, and what keeps them is named', () => {
  const copy = checkOutOnWindows(['drizzle/0000_note.sql', 'drizzle/0001_tag.sql'])
  const { exitCode, stdout } = copy.run(['freeze', '--check'])
  expect(stdout).toContain('✗ migration 0000_note: checksum-changed')
  expect(stdout).toContain('with the same statements')
  expect(stdout).toContain('a line `*.sql -text` in .gitattributes keeps them')
  expect(stdout).not.toContain('migration-edited')
  expect(exitCode).toBe(1)
})
