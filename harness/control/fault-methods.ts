import { z } from 'zod'
import { faultFromJson } from '../faults/vocabulary.ts'
import { controlMethod, type FaultControl } from './control-method.ts'
import { requireRoom } from './installed-faults.ts'

export const faultMethods = {
  control_faultPoints: controlMethod(
    'Names every place where a fault can stand, and what it can carry.',
    {},
    ({ world: { points } }: FaultControl) =>
      points.names.map((name) => ({ point: name, carriers: points.get(name).carriers })),
  ),
  control_installFault: controlMethod(
    'Puts a fault on a point, until control_removeFault; answers its id. The faults are those of docs/faults.md, as JSON.',
    {
      point: z.string().min(1).describe('A name of control_faultPoints, or with * in it all that it fits'),
      fault: z.looseObject({ fault: z.string() }).describe('{"fault":"slow","ms":800} and the like'),
    },
    async (context: FaultControl, { point, fault }) => {
      requireRoom(context.faults)
      const installed = await context.world.points.get(point).install(faultFromJson(fault))
      return { id: context.faults.add(installed), point, fault: installed.fault.name }
    },
  ),
  control_faults: controlMethod(
    'Names the faults that stand, with how often each did something (hits), or would have but for a newer one (shadowed).',
    {},
    (context: FaultControl) => faultsToJson(context),
  ),
  control_removeFault: controlMethod(
    'Removes a fault by its id.',
    { id: z.int().min(1) },
    async ({ faults }: FaultControl, { id }) => {
      await faults.remove(id)
      return { id }
    },
  ),
}

/** The faults that stand now, with how often each did something. */
export function faultsToJson({ faults }: Pick<FaultControl, 'faults'>) {
  return faults
    .list()
    .map(([id, { point, fault, hits, shadowed }]) => ({ id, point, fault: fault.name, hits, shadowed }))
}
