// SSM: moto, but for the public parameters of EKS and Bottlerocket images, which moto has not and does not let anybody add.
import { jsonBody } from '../call.ts'
import type { Call, Reply } from '../call.ts'
import { AwsError } from '../errors.ts'
import { forwardToMoto } from '../moto/forward.ts'
import type { Service } from '../front.ts'
import type { ClusterBackend } from '../backends/backend.ts'
import type { Moto } from '../moto/moto.ts'
import { imageIdOf } from './images.ts'

const known = [
  /^\/aws\/service\/eks\/optimized-ami\/(?<minor>[\d.]+)\/amazon-linux-2023\/(x86_64|arm64)\/(standard|nvidia|neuron)\/(recommended|[\w.-]+)\/(?<field>image_id|release_version)$/,
  /^\/aws\/service\/bottlerocket\/aws-k8s-(?<minor>[\d.]+)(-nvidia)?\/(x86_64|arm64)\/(latest|[\d.]+)\/(?<field>image_id|image_version)$/,
]

export function ssmService(d: { moto: Moto; backend: ClusterBackend }): Service {
  return {
    async answer(call) {
      const names = namesOf(call)
      if (!names.some((name) => name.startsWith('/aws/service/')))
        return forwardToMoto(d.moto, call)
      const minors = await d.backend.versions()
      const found = names
        .map((name) => parameterOf(name, { minors, region: call.region }))
        .filter((parameter) => parameter !== undefined)
      const invalid = names.filter((name) => !found.some((parameter) => parameter.Name === name))
      if (call.operation === 'GetParameters')
        return reply({ Parameters: found, InvalidParameters: invalid })
      if (!found[0]) throw new AwsError('ParameterNotFound', `Parameter ${names[0]} not found.`)
      return reply({ Parameter: found[0] })
    },
  }
}

function namesOf(call: Call): string[] {
  if (call.operation !== 'GetParameter' && call.operation !== 'GetParameters') return []
  const body = jsonBody(call)
  return [body['Name'], body['Names']].flat().filter((name) => typeof name === 'string')
}

function parameterOf(name: string, o: { minors: string[]; region: string }) {
  const m = known.map((pattern) => pattern.exec(name)).find((match) => match !== null)
  const minor = m?.groups?.['minor'] ?? ''
  if (!m || !o.minors.includes(minor)) return undefined
  const Value = m.groups?.['field'] === 'image_id' ? imageIdOf(name) : `${minor}.0-20261101`
  return {
    Name: name,
    Type: 'String',
    Value,
    Version: 1,
    DataType: 'text',
    ARN: `arn:aws:ssm:${o.region}::parameter${name}`,
    LastModifiedDate: 1_793_491_200,
  }
}

const reply = (body: object): Reply => ({
  status: 200,
  headers: { 'content-type': 'application/x-amz-json-1.1' },
  body: JSON.stringify(body),
})
