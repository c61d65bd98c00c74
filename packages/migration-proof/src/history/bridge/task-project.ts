import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** The project that a task runs in: its second argument. */
export interface TaskProject {
  readonly folder: string
  /** Imports a package of the project, in the version that is installed there. */
  importPackage(name: string): Promise<Record<string, unknown>>
  /** Imports a file of the project; one of TypeScript, too. */
  importFile(path: string): Promise<Record<string, unknown>>
}

export function openProject(folder: string): TaskProject {
  const from = pathToFileURL(join(folder, 'package.json')).href
  return {
    folder,
    importPackage: async (name) => import(await resolvePackage(name, from)),
    importFile: (path) => importModule(pathToFileURL(createRequire(from).resolve(path))),
  }
}

/** Node itself loads JavaScript; jiti loads TypeScript, and what it imports, on every version of Node. */
export async function importModule(url: URL): Promise<Record<string, unknown>> {
  if (!/\.[cm]?tsx?$/.test(url.pathname)) return import(url.href)
  return (await jitiFrom(url.href)).import(fileURLToPath(url))
}

/** As `import` does: a package may have other files for `require`, or none. */
async function resolvePackage(name: string, from: string): Promise<string> {
  return (await jitiFrom(from)).esmResolve(name)
}

async function jitiFrom(url: string) {
  const { createJiti } = await import('jiti')
  return createJiti(url, { fsCache: cacheFor(dirname(fileURLToPath(url))) })
}

/** Where jiti keeps what it has compiled: among the packages of the project, since folders of TMPDIR may belong to others. */
function cacheFor(folder: string): string | false {
  const packages = join(folder, 'node_modules')
  if (existsSync(packages)) return join(packages, '.cache', 'jiti')
  return dirname(folder) === folder ? false : cacheFor(dirname(folder))
}
