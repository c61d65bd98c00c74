import { parentPort, workerData } from 'node:worker_threads'
import type { TableModel } from '../behaviour/table-model.ts'
import { serveMutants } from '../mutation/serve.ts'
import { loadConfig } from './load-config.ts'

/** One thread of `mutate`: it judges the mutants that it is sent, one after the other. */
const { configFile }: { readonly configFile: string } = workerData
const suite = await loadConfig(configFile)
const models = ((await suite.models?.()) ?? []) as readonly TableModel[]
if (parentPort !== null) await serveMutants(parentPort, { suite, models })
