// The life of a branch through Neon's own client, told as JSON. Run where the client is installed.
import { createRequire } from "node:module";

const require = createRequire(process.cwd() + "/");
const { createApiClient } = require("@neondatabase/api-client");

const api = createApiClient({ apiKey: "anything", baseURL: process.argv[2] });
const told = {};
told.me = (await api.getCurrentUserInfo()).data.login;
const [project] = (await api.listProjects({ limit: 10 })).data.projects;
told.project = (await api.getProject(project.id)).data.project.name;
const created = (
  await api.createProjectBranch(project.id, {
    branch: { name: "from-npm", expires_at: new Date(Date.now() + 86400e3).toISOString() },
    endpoints: [{ type: "read_write" }],
  })
).data;
told.operations = [];
for (const { id } of created.operations) {
  told.operations.push((await api.getProjectOperation(project.id, id)).data.operation.status);
}
const branchId = created.branch.id;
const { branches } = (await api.listProjectBranches({ projectId: project.id })).data;
told.branches = branches.map((branch) => branch.name).sort();
const { data: uri } = await api.getConnectionUri({
  projectId: project.id,
  branch_id: branchId,
  database_name: "neondb",
  role_name: "neondb_owner",
  pooled: true,
});
told.uri = uri.uri === created.connection_uris[0].connection_uri;
const [endpoint] = (await api.listProjectBranchEndpoints(project.id, branchId)).data.endpoints;
told.host = uri.uri.includes(endpoint.host);
const [role] = (await api.listProjectBranchRoles(project.id, branchId)).data.roles;
const { password } = (await api.getProjectBranchRolePassword(project.id, branchId, role.name)).data;
told.password = uri.uri.includes(password);
told.databases = (await api.listProjectBranchDatabases(project.id, branchId)).data.databases.length;
const reset = await api.restoreProjectBranch(project.id, branchId, { source_branch_id: created.branch.parent_id });
told.reset = typeof reset.data.branch.last_reset_at;
const renamed = await api.updateProjectBranch(project.id, branchId, { branch: { name: "renamed", expires_at: null } });
told.renamed = renamed.data.branch.name;
const refused = await api.getProjectBranch(project.id, "br-not-there-12345678").catch((error) => error.response.status);
told.refused = refused;
told.deleted = (await api.deleteProjectBranch({ projectId: project.id, branchId })).data.branch.name;
console.log(JSON.stringify(told));
