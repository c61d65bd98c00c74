import { mkdirSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { packageFolder } from './command-line.ts'
import { makeProject, type ScratchProject } from './scratch-project.ts'

const require = createRequire(import.meta.url)

/** A project that has this package and its driver installed. */
export function makeLinkedProject(files: Readonly<Record<string, string>>): ScratchProject {
  const project = makeProject({
    '.gitignore': 'node_modules\n',
    'package.json': '{\n  "name": "shop",\n  "type": "module"\n}\n',
    ...files,
  })
  const modules = join(project.folder, 'node_modules')
  mkdirSync(modules)
  symlinkSync(packageFolder, join(modules, 'migration-proof'))
  symlinkSync(dirname(require.resolve('better-sqlite3/package.json')), join(modules, 'better-sqlite3'))
  return project
}
