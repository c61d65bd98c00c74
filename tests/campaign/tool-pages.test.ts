// Goal: the commands on the page of each tool, in the docs of the harness, run in a project of that tool.
import { beforeAll, expect, it, onTestFinished } from 'vitest'
import { prepareTools } from '../../packages/migration-proof/tests/history/tools/prepare-tools.ts'
import { makeProjectOf } from '../../packages/migration-proof/tests/history/tools/project-of-tool.ts'
import { expectShownCommands } from '../../packages/migration-proof/tests/support/tool-page.ts'
import { toolPackages, toolProjects } from '../../packages/migration-proof/tests/support/tool-projects.ts'

beforeAll(() => prepareTools().install())

it.for(toolProjects)('the page of %s', ([tool, files]) => {
  const project = makeProjectOf(toolPackages, files)
  onTestFinished(() => project.destroy())
  const { exitCode, stderr } = project.run(['init', '--yes'])
  expect(exitCode, stderr).toBe(0)
  expectShownCommands(tool, project)
})
