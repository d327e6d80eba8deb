import { z } from 'zod'
import { faultFromJson } from '../faults/vocabulary.ts'
import { type ControlContext, controlMethod } from './control-method.ts'
import { requireRoom } from './installed-faults.ts'

export const faultMethods = {
  control_faultPoints: controlMethod(
    'Names every place where a fault can stand, and what it can carry.',
    {},
    ({ world: { points } }) =>
      points.names.map((name) => ({ point: name, carriers: points.get(name).carriers })),
  ),
  control_installFault: controlMethod(
    'Puts a fault on a point, until control_removeFault; answers its id. The faults are those of docs/faults.md, as JSON.',
    {
      point: z.string().min(1).describe('A name of control_faultPoints, or with * in it all that it fits'),
      fault: z.looseObject({ fault: z.string() }).describe('{"fault":"slow","ms":800} and the like'),
    },
    async (context, { point, fault }) => {
      requireRoom(context.faults)
      const installed = await context.world.points.get(point).install(faultFromJson(fault))
      return { id: context.faults.add(installed), point, fault: installed.fault.name }
    },
  ),
  control_removeFault: controlMethod(
    'Removes a fault by its id.',
    { id: z.int().min(1) },
    async ({ faults }, { id }) => {
      await faults.remove(id)
      return { id }
    },
  ),
}

/** The faults that stand now, with how often each did something. */
export function faultsToJson({ faults }: ControlContext) {
  return faults
    .list()
    .map(([id, { point, fault, hits, shadowed }]) => ({ id, point, fault: fault.name, hits, shadowed }))
}
