import { parentPort, workerData } from 'node:worker_threads'
import { serveMutants } from '../harness/mutation/serve.ts'
import { loadSuite } from './load-suite.ts'

/** One thread of `mutate`: it judges the mutants that it is sent, one after the other. */
const { suiteFile }: { readonly suiteFile: string | undefined } = workerData
const suite = await loadSuite(suiteFile)
// Models of another suite's tables are not known: its behaviour layer has the contracts alone.
const models = suiteFile === undefined ? (await import('../suite/arbitraries/index.ts')).tableModels : []
if (parentPort !== null) await serveMutants(parentPort, { suite, models })
