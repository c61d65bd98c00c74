import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { packageFolder } from './command-line.ts'
import { makeLinkedProject } from './linked-project.ts'
import type { ScratchProject } from './scratch-project.ts'

/** The files that docs/test-runners.md shows, by their paths. */
function readShownFiles(): Readonly<Record<string, string>> {
  const text = readFileSync(join(packageFolder, 'docs', 'test-runners.md'), 'utf8')
  const blocks = [...text.matchAll(/^```js\n\/\/ (\S+)\n([\s\S]*?)^```$/gm)]
  return Object.fromEntries(blocks.map(([, path = '', code = '']) => [path, code]))
}

const config = `import { defineConfig } from 'migration-proof'
import { sqlFolder } from 'migration-proof/folder'

export default defineConfig({ name: 'notes', ...sqlFolder('migrations'), fixtures: 'fixtures' })
`

/** A small project of three versions whose fixtures are frozen, with the test files of the docs. */
export function makeRunnerProject(files: Readonly<Record<string, string>> = {}): ScratchProject {
  const project = makeLinkedProject({
    'migration-proof.config.mjs': config,
    'migrations/0001_note.sql': 'CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL);\n',
    'migrations/0002_tag.sql': 'CREATE TABLE tag (id INTEGER PRIMARY KEY, name TEXT NOT NULL);\n',
    'migrations/0003_pinned.sql': 'ALTER TABLE note ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;\n',
    ...readShownFiles(),
    'package.json': '{\n  "name": "notes"\n}\n',
    ...files,
  })
  project.run(['freeze'])
  const { exitCode, stderr } = project.run(['freeze', '--accept-drafts'])
  expect(exitCode, stderr).toBe(0)
  return project
}

/** Lets the last migration lose every note but one, and forget that its text is required. */
export function injectLoss(project: ScratchProject): void {
  project.write('migrations/0003_pinned.sql', lossyMigration)
}

const lossyMigration = `CREATE TABLE new_note (id INTEGER PRIMARY KEY, text TEXT, pinned INTEGER NOT NULL DEFAULT 0);
INSERT INTO new_note (id, text) SELECT id, text FROM note WHERE id = 1;
DROP TABLE note;
ALTER TABLE new_note RENAME TO note;
`

/** Runs a program in the project, and returns what it printed without colours. */
export function runIn(
  { folder }: Pick<ScratchProject, 'folder'>,
  program: string,
  parameters: readonly string[],
): Pick<SpawnSyncReturns<string>, 'status'> & { readonly output: string } {
  // Without the variables by which a test runner knows that another one has started it.
  const { NODE_TEST_CONTEXT: _, VITEST: __, FORCE_COLOR: ___, ...environment } = process.env
  const { status, stdout, stderr } = spawnSync(program, [...parameters], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...environment, NO_COLOR: '1' },
  })
  return { status, output: stdout + stderr }
}
