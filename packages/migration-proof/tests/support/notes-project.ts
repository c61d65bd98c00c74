import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { packageFolder } from './command-line.ts'
import { makeProject, type ScratchProject } from './scratch-project.ts'

/** The library as a project imports it. */
export const library = pathToFileURL(join(packageFolder, 'dist', 'index.js')).href

const suite = `import { defineConfig } from '${library}'
import { migrations } from './migrations.mjs'

export default defineConfig({ name: 'notes', migrations, fixtures: new URL('fixtures', import.meta.url) })
`

/** The key of the table may be NULL: a weakness that was released. */
const migrations = `export const migrations = [
  {
    version: 1,
    name: 'notes',
    up: (database) => database.exec('CREATE TABLE note (id TEXT PRIMARY KEY, text TEXT NOT NULL)'),
  },
  {
    version: 2,
    name: 'notes by text',
    up: (database) => database.exec('CREATE INDEX note_text ON note (text)'),
  },
]
`

/** A project of two versions that were frozen and released as 1.0.0, on the branch `main` and the tag `v1.0.0`. */
export function makeNotesProject(): ScratchProject {
  const project = makeProject({
    'package.json': '{ "name": "notes", "version": "1.0.0", "type": "module" }\n',
    'CHANGELOG.md': '# Changelog\n\n## 1.0.0 - 2025-01-31\n\n- The migrations v1 to v2.\n',
    'suite.mjs': suite,
    'migrations.mjs': migrations,
  })
  project.run(['freeze', '--config', 'suite.mjs'])
  project.run(['freeze', '--config', 'suite.mjs', '--accept-drafts'])
  project.commit('Freeze')
  project.git('tag', 'v1.0.0')
  return project
}

/** Adds a third version to the end of the list, and nothing else. */
export function addThirdVersion(project: ScratchProject, sql: string): void {
  addVersion(project, 3, sql)
}

/** The same of any version. */
export function addVersion(project: ScratchProject, version: number, sql: string): void {
  const entry = `  {\n    version: ${version},\n    name: '${version === 3 ? 'tags' : `version ${version}`}',\n    up: (database) => database.exec('${sql}'),\n  },\n]\n`
  project.write('migrations.mjs', project.read('migrations.mjs').replace(/\]\n$/, entry))
}
