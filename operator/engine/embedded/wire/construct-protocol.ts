// The messages of Construct, by which a component is made inside its provider: what the plugin client writes, the plugin
// server reads, and the other way round.
import { entriesOf, fromStruct, toStruct, type ProtoMap } from './protocol.ts'
import { messages, type Give, type Message } from './provider-protocol.ts'
import type { Constructed, ConstructRequest } from '../providers/provider.ts'

export function writeConstruct(wanted: ConstructRequest, give: Give): Message<'ConstructRequest'> {
  const request = new messages.ConstructRequest()
    .setType(wanted.type)
    .setName(wanted.name)
    .setInputs(give(wanted.inputs))
    .setParent(wanted.parent)
    .setMonitorendpoint(wanted.monitorAddress)
    .setProject(wanted.project)
    .setStack(wanted.stack)
    .setOrganization('organization')
    .setDryrun(wanted.dryRun)
    .setParallel(wanted.parallel)
    .setConfigsecretkeysList(wanted.configSecretKeys)
    .setDependenciesList(wanted.dependencies)
    .setAliasesList(wanted.aliases.map((urn) => new messages.Alias().setUrn(urn)))
  if (wanted.protect !== undefined) request.setProtect(wanted.protect)
  for (const [key, value] of Object.entries(wanted.config)) request.getConfigMap().set(key, value)
  for (const [key, ref] of Object.entries(wanted.providers)) request.getProvidersMap().set(key, ref)
  for (const [key, urns] of Object.entries(wanted.inputDependencies)) {
    request
      .getInputdependenciesMap()
      .set(key, new messages.ConstructRequest.PropertyDependencies().setUrnsList(urns))
  }
  return request
}

/** All but the address of the engine, which a plugin is started with. */
export const readConstruct = (
  request: Message<'ConstructRequest'>,
): Omit<ConstructRequest, 'engineAddress'> => ({
  type: request.getType(),
  name: request.getName(),
  inputs: fromStruct(request.getInputs()),
  inputDependencies: urnsByKey(request.getInputdependenciesMap()),
  parent: request.getParent(),
  monitorAddress: request.getMonitorendpoint(),
  project: request.getProject(),
  stack: request.getStack(),
  dryRun: request.getDryrun(),
  parallel: request.getParallel(),
  config: Object.fromEntries(entriesOf(request.getConfigMap())),
  configSecretKeys: request.getConfigsecretkeysList(),
  providers: Object.fromEntries(entriesOf(request.getProvidersMap())),
  dependencies: request.getDependenciesList(),
  aliases: request
    .getAliasesList()
    .map((alias) => alias.getUrn())
    .filter((text) => text !== ''),
  ...(request.hasProtect() ? { protect: request.getProtect() ?? false } : {}),
})

export function writeConstructed({
  urn,
  state,
  stateDependencies = {},
}: Constructed): Message<'ConstructResponse'> {
  const response = new messages.ConstructResponse().setUrn(urn).setState(toStruct(state))
  for (const [key, urns] of Object.entries(stateDependencies)) {
    response
      .getStatedependenciesMap()
      .set(key, new messages.ConstructResponse.PropertyDependencies().setUrnsList(urns))
  }
  return response
}

export const readConstructed = (response: Message<'ConstructResponse'>): Constructed => ({
  urn: response.getUrn(),
  state: fromStruct(response.getState()),
  stateDependencies: urnsByKey(response.getStatedependenciesMap()),
})

const urnsByKey = (map: ProtoMap<{ getUrnsList(): string[] }>) =>
  Object.fromEntries(entriesOf(map).map(([key, one]) => [key, one.getUrnsList()]))
