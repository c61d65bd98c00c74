import { Database } from '../bridge/driver/database.ts'
import type { TaskProject } from '../bridge/task-project.ts'
import type { FolderCall } from '../folder.ts'

type Run = (...parameters: readonly unknown[]) => unknown

/** Runs the function of a file, with the parameters that the project makes for it. */
export async function up({ file, exported, parameters }: FolderCall, project: TaskProject): Promise<void> {
  const run = findRun(await project.importFile(file), exported)
  if (run === null) {
    const expected = exported === null ? 'function as its default or up' : `function ${exported}`
    throw new Error(`${file} exports no ${expected}`)
  }
  const database = new Database('project.db')
  const given = parameters === null ? [database] : await makeParameters(project, parameters, database)
  await run(...given)
}

function findRun(module: Readonly<Record<string, unknown>>, name: string | null): Run | null {
  // What was compiled to CommonJS has its exports in the default one that Node gives it.
  const inner = module.default
  const within = typeof inner === 'object' && inner !== null ? { ...inner } : {}
  const names = name === null ? ['default', 'up'] : [name]
  for (const own of [module, within as Readonly<Record<string, unknown>>])
    for (const one of names) {
      const found = own[one]
      if (typeof found === 'function') return (...parameters) => Reflect.apply(found, own, parameters)
    }
  return null
}

async function makeParameters(
  project: TaskProject,
  file: string,
  database: Database,
): Promise<readonly unknown[]> {
  const make = findRun(await project.importFile(file), 'default')
  const made = await make?.(database)
  if (Array.isArray(made)) return made
  throw new Error(`${file} has no function as its default export that returns an array of parameters`)
}
