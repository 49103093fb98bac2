// A chat for Phoenix clients: `example_chat 4000` serves it on that port until its input ends.
#include <boost/describe/class.hpp>

#include "net/channels/endpoint.hpp"
#include "net/channels/routes.hpp"
#include "net/channels/topic_channel.hpp"
#include "net/server/http_endpoint.hpp"
#include "supervisor/supervisor.hpp"

using namespace coppice;
using namespace coppice::net::channels;

struct Person {
  std::string name;
};
struct Say {
  std::string text;
};
BOOST_DESCRIBE_STRUCT(Person, (), (name))
BOOST_DESCRIBE_STRUCT(Say, (), (text))

class Chat final : public TopicChannel<Chat> {
 public:
  using TopicChannel::TopicChannel;
  static void events(EventTable<Chat>& on) { on.on("say", &Chat::say); }
  void join(const Person& person) {
    name_ = person.name;
    accept();
  }

 private:
  void say(const Say& message) { broadcast("said", {{"name", name_}, {"text", message.text}}); }
  std::string name_;
};

using HubPtr = std::shared_ptr<actors::pubsub::Hub>;
using Table = ChannelTable<ClientContext>;
net::Awaitable<actors::Result<Connected>> welcome(Table table, HubPtr hub, ConnectInfo /*info*/) {
  co_return Connected{.open = [table, hub](const Line& line) {
    return table.of(std::make_shared<ClientContext>(hub, nullptr, line.actor));
  }};
}

int main(int argc, char** argv) {
  actors::Runtime runtime;
  SocketOptions sockets;
  sockets.connect =
      std::bind_front(welcome, Table().add<Chat>("chat:*"), actors::pubsub::Hub::make(runtime));
  net::server::HttpOptions http;
  http.listen.port = static_cast<std::uint16_t>(argc > 1 ? std::stoi(argv[1]) : 0);
  http.router = std::make_shared<const net::http::Router>(std::vector<net::http::Route>{
      net::http::upgrade("/socket/websocket", websocket_endpoint(std::move(sockets)))});
  const auto endpoint = std::make_shared<net::server::HttpEndpoint>(runtime, std::move(http));
  const supervisor::SupervisorSpec tree{.children = {net::server::http_child(endpoint)}};
  const auto server = actors::spawn<supervisor::Supervisor>(runtime, {}, tree).value();
  while (argc > 1 && std::getchar() != EOF) continue;
  std::ignore = runtime.stop(server.pid());
  endpoint->clear();
}
