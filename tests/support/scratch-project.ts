import { cpSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import {
  type ScratchProject,
  startProject,
} from '../../packages/migration-proof/tests/support/scratch-project.ts'
import { projectFolder } from './imports.ts'

export {
  makeProject,
  type ScratchProject,
} from '../../packages/migration-proof/tests/support/scratch-project.ts'

/** What a copy of this project needs in order to be gated. */
const projectParts = [
  ...['src', 'fixtures', 'docs/engines.json', 'migration-proof.config.ts'],
  ...['package.json', 'CHANGELOG.md', 'tsconfig.json'],
]

/** A copy of this project with its migrations, its suite and its fixtures, committed to `main`. */
export function copyProject(): ScratchProject {
  return startProject(({ folder, write }) => {
    for (const part of projectParts)
      cpSync(join(projectFolder, part), join(folder, part), { recursive: true })
    symlinkSync(join(projectFolder, 'node_modules'), join(folder, 'node_modules'), 'junction')
    write('.gitignore', 'node_modules\n')
  })
}
