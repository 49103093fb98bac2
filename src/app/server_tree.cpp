#include "app/server_tree.hpp"

#include <chrono>
#include <string>
#include <utility>

#include "actors/pubsub/pubsub.hpp"
#include "app/accounts/account_mail.hpp"
#include "app/admin/admin_actor.hpp"
#include "app/backup/backup_child.hpp"
#include "app/cluster/broadcasts.hpp"
#include "app/cluster/node.hpp"
#include "app/cluster/own_status.hpp"
#include "app/dashboard/dashboard.hpp"
#include "app/jobs/folder_watcher.hpp"
#include "app/jobs/image_converter.hpp"
#include "app/jobs/importer.hpp"
#include "app/jobs/sweeper.hpp"
#include "app/litefs/node.hpp"
#include "app/mail/mailer.hpp"
#include "app/rooms/socket_endpoint.hpp"
#include "app/telemetry.hpp"
#include "app/tracing/exporter.hpp"
#include "net/server/http_endpoint.hpp"
#include "supervisor/supervisor.hpp"

namespace coppice::app {

using supervisor::Backoff;
using supervisor::ChildSpec;
using supervisor::Strategy;
using supervisor::SupervisorSpec;
using supervisor::worker;

namespace {

constexpr std::uint32_t kMostImagesWaiting = 4;  // each with its file in memory

ChildSpec on_own_thread(ChildSpec spec) {
  spec.options.placement = actors::Placement::own_thread();
  return spec;
}

ChildSpec mailer_child(const Config& config, const Parts& parts) {
  const auto& mail = config.accounts.mail;
  const accounts::AccountMailSettings settings{
      .from = mail.from, .site = mail.site, .reset_url = mail.reset_url};
  mail::MailerParts work{
      .database = parts.api->database,
      .write =
          [accounts = parts.accounts->accounts, settings](std::string kind, std::string recipient) {
            return accounts::write_account_mail(accounts, settings, std::move(kind),
                                                std::move(recipient));
          },
      .transport = make_transport(mail),
      .clock = parts.accounts->accounts.options().clock,
      .record = parts.accounts->mails};
  return worker<mail::Mailer>("mailer", std::move(work), parts.accounts->mailer);
}

ChildSpec jobs_child(const Config& config, const Parts& parts) {
  SupervisorSpec spec{.flags = {.intensity = {.intensity = 10}},
                      .children = parts.crashes.children()};
  spec.children.push_back(mailer_child(config, parts));
  if (!config.content_path.empty()) {
    const auto& slot = parts.api->importer;
    auto importer =
        on_own_thread(worker<jobs::Importer>("importer", config.content_path, parts.api->database,
                                             slot, parts.api->follower, parts.long_work));
    importer.backoff = Backoff{.min = std::chrono::seconds(1), .max = std::chrono::minutes(1)};
    spec.children.push_back(std::move(importer));
    auto watcher = worker<jobs::FolderWatcher>("watcher", config.content_path, slot);
    watcher.backoff = Backoff{.min = std::chrono::seconds(1), .max = std::chrono::minutes(1)};
    spec.children.push_back(std::move(watcher));
  }
  if (parts.tracer) {
    spec.children.push_back(on_own_thread(
        worker<tracing::Exporter>("traces", parts.tracer, config.tracing, config.version)));
  }
  auto follower = worker<changes::Follower>(
      "changes", parts.api->database, parts.api->catalogue, parts.realtime.hub,
      std::make_shared<changes::Follower::Progress>(), parts.api->follower);
  follower.options.mailbox = {.capacity = 4};  // one look that is to come is enough
  spec.children.push_back(std::move(follower));
  spec.children.push_back(worker<jobs::Sweeper>("sweeper", parts.accounts->accounts));
  auto converter = on_own_thread(worker<jobs::ImageConverter>("images", parts.api->images));
  converter.options.mailbox = {.capacity = kMostImagesWaiting};
  spec.children.push_back(std::move(converter));
  if (const auto& [backups, schedule] = config.backup; !backups.folder.empty() && schedule) {
    spec.children.push_back(
        backup::backup_child(backups, *schedule, parts.api->database, parts.long_work));
  }
  return supervisor::supervisor_child("jobs", std::move(spec));
}

/// PubSub and presence, and the way to those of other nodes, if there are any.
void add_realtime(SupervisorSpec& spec, actors::Runtime& runtime, const Config& config,
                  const Parts& parts) {
  const auto& cluster = parts.cluster;
  actors::pubsub::MakeAdapter adapter;
  actors::presence::PresenceOptions presence;
  presence.peers = cluster::peers_of(cluster);
  if (cluster.is_used()) {
    adapter = cluster::adapter_to(cluster.bus);
    presence.started = [door = cluster.presence](auto started) { door->open(started); };
    cluster::ClusterWork work{
        .status = cluster::status_of(config, parts.api->database),
        .answers = {{"tree", [control = parts.realtime.desk->control] {
                       return control->tree(supervisor::DynamicChildren::counted);
                     }}}};
    spec.children.push_back(
        cluster::cluster_child(runtime, cluster, config.cluster, std::move(work)));
  }
  auto pubsub = worker<actors::pubsub::PubSub>("pubsub", parts.realtime.hub, std::move(adapter));
  pubsub.options.mailbox = {.capacity = cluster::Link::kMostWaiting};
  spec.children.push_back(std::move(pubsub));
  spec.children.push_back(rooms::presence_child(parts.realtime, std::move(presence)));
}

}  // namespace

SupervisorSpec server_tree(actors::Runtime& runtime, const Config& config, const Parts& parts) {
  auto telemetry = on_own_thread(worker<Telemetry>("telemetry", parts.events));
  telemetry.options.mailbox = {.capacity = 16384};
  auto admin = on_own_thread(worker<admin::AdminActor>("admin", config.admin_socket,
                                                       parts.operators, parts.operator_crashes));
  auto http = net::server::http_child(parts.endpoint, {parts.polls->child("/http")});
  SupervisorSpec spec{.flags = {.strategy = Strategy::one_for_one, .intensity = {.intensity = 10}},
                      .children = {std::move(telemetry)}};
  if (config.litefs.is_used()) {
    spec.children.push_back(litefs::litefs_child(
        parts.api->database, litefs::senses_of(config.litefs, config.database_path),
        [follower = parts.api->follower, history = parts.realtime.history,
         confirmer = parts.nodes.confirmer] {
          if (confirmer) nodes::poke(*confirmer);
          changes::poke(*follower);
          if (history) rooms::poke(*history);
        }));
    spec.children.push_back(nodes::forwarder_child(parts.nodes));
    if (parts.nodes.confirmer) {
      spec.children.push_back(nodes::confirmer_child(parts.nodes, parts.api->database));
    }
  }
  spec.children.push_back(db::database_spec(parts.api->database));
  spec.children.push_back(parts.accounts->accounts.child());
  add_realtime(spec, runtime, config, parts);
  spec.children.push_back(worker<rooms::ChannelStatus>("channels", parts.realtime.counters));
  const auto& history = parts.realtime.history;
  if (history) spec.children.push_back(worker<rooms::Historian>("historian", history));
  spec.children.push_back(worker<dashboard::Dashboard>("dashboard", parts.realtime.desk));
  spec.children.push_back(jobs_child(config, parts));
  if (parts.nodes.endpoint) {
    spec.children.push_back(net::server::http_child(parts.nodes.endpoint, {}, "nodes"));
  }
  spec.children.push_back(std::move(http));
  spec.children.push_back(std::move(admin));
  return spec;
}

}  // namespace coppice::app
