import { pathToFileURL } from 'node:url'
import { parentPort, workerData } from 'node:worker_threads'
import type { TableModel } from '../harness/behaviour/table-model.ts'
import { serveMutants } from '../harness/mutation/serve.ts'
import { loadSuite } from './load-suite.ts'

interface Given {
  readonly suiteFile: string | undefined
  /** A module with the models of that suite's tables. */
  readonly modelsFile: string | undefined
}

/** One thread of `mutate`: it judges the mutants that it is sent, one after the other. */
const given: Given = workerData
const suite = await loadSuite(given.suiteFile)
if (parentPort !== null) await serveMutants(parentPort, { suite, models: await loadModels(given) })

/** Models of another suite's tables are not known: its behaviour layer has the contracts alone. */
async function loadModels({ suiteFile, modelsFile }: Given): Promise<readonly TableModel[]> {
  if (suiteFile === undefined) return (await import('../suite/arbitraries/index.ts')).tableModels
  if (modelsFile === undefined) return []
  const { tableModels }: { readonly tableModels: readonly TableModel[] } = await import(
    pathToFileURL(modelsFile).href
  )
  return tableModels
}
